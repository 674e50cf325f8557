//! Figures for people: thousands separators, and tables of aligned numbers.

use std::fmt::Write as _;

/// A shown number with commas between thousands: `-1234567.50` as `-1,234,567.50`.
pub fn grouped(number: impl ToString) -> String {
    let number = number.to_string();
    let unsigned = number.trim_start_matches('-');
    let (whole, fraction) = unsigned.split_at(unsigned.find('.').unwrap_or(unsigned.len()));
    let mut text = number[..number.len() - unsigned.len()].to_owned();
    for (position, digit) in whole.char_indices() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

/// A table with a title, column headings and rows of a label and figures.
#[derive(Debug, Default)]
pub struct Table {
    title: String,
    headings: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// A table without rows.
    pub fn new<'a>(title: &str, headings: impl IntoIterator<Item = &'a str>) -> Table {
        let headings = headings.into_iter().map(str::to_owned).collect();
        Table { title: title.to_owned(), headings, rows: Vec::new() }
    }

    /// Adds a row; one figure per heading, empty where there is none.
    pub fn row(&mut self, label: impl Into<String>, figures: Vec<String>) {
        let label = label.into();
        assert_eq!(figures.len(), self.headings.len(), "row {label} has a figure for every heading");
        self.rows.push((label, figures));
    }
}

/// Tables one below the other, their figures aligned to the right and their labels of one width.
pub fn rendered(tables: &[Table]) -> String {
    let labels = tables.iter().flat_map(|table| &table.rows).map(|(label, _)| label.chars().count() + 2);
    let titles = tables.iter().map(|table| table.title.chars().count());
    let label_width = labels.chain(titles).max().unwrap_or_default();
    let mut text = String::new();
    for (position, table) in tables.iter().enumerate() {
        if position > 0 {
            text.push('\n');
        }
        let widths: Vec<usize> = (0..table.headings.len()).map(|column| column_width(table, column)).collect();
        line(&mut text, &table.title, &table.headings, label_width, &widths);
        for (label, figures) in &table.rows {
            line(&mut text, &format!("  {label}"), figures, label_width, &widths);
        }
    }
    text
}

fn column_width(table: &Table, column: usize) -> usize {
    let figures = table.rows.iter().map(|(_, figures)| &figures[column]);
    figures.chain([&table.headings[column]]).map(|figure| figure.chars().count()).max().unwrap_or_default()
}

fn line(text: &mut String, label: &str, figures: &[String], label_width: usize, widths: &[usize]) {
    let mut line = format!("{label:label_width$}");
    for (figure, width) in figures.iter().zip(widths) {
        write!(line, "  {figure:>width$}").expect("a string takes any text");
    }
    text.push_str(line.trim_end());
    text.push('\n');
}
