"""Every claim of the papers with what this book can say of it."""
