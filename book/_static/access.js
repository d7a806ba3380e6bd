// What screen readers are told where the theme says it wrongly or not at all, and what keys can reach.
const each = (selector, change) => document.querySelectorAll(selector).forEach(change);

document.addEventListener("DOMContentLoaded", () => {
  // a label that is not what the button shows hides it from speech control
  each("summary[aria-label], .search-button-field[aria-label]", (item) => item.removeAttribute("aria-label"));
  each(".theme-switch-button i[title]", (item) => item.removeAttribute("title"));
  each(".theme-switch-button svg title", (item) => item.remove()); // what Font Awesome makes of it, if it was first
  each("nav.bd-links summary", (item) => {
    const page = item.closest("li").querySelector("a");
    item.setAttribute("aria-label", `Pages under ${page.textContent.trim()}`);
  });
  each("[role=list].citation-list", (item) => item.removeAttribute("role"));
});

// what scrolls sideways must scroll by keys too
const boxes = ".cell_output .output, .pst-scrollable-table-container, .highlight pre, .math.display";
const reachable = () => each(boxes, (item) => {
  if (item.scrollWidth > item.clientWidth) item.tabIndex = 0;
});
window.addEventListener("load", reachable);
window.addEventListener("resize", reachable);

// read from the disk, a browser lets no script look into pages: results are shown by title alone
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS === "object") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
