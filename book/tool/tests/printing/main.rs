//! Pages are printed, and refused, on a small book of its own: `printing-book/`.

mod exercises;
mod pages;
mod printing_book;
mod stock_mdbook;
