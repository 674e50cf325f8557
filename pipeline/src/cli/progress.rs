//! A progress bar on the terminal; nothing where standard error is none.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::figures::grouped;

const REDRAW_EVERY: Duration = Duration::from_millis(200);

/// Shows how far a replay is: records, rate, and the time left from the bytes read.
pub struct Progress {
    bar: ProgressBar,
    begun: Instant,
}

impl Progress {
    /// A bar for inputs of so many bytes; without that number nothing tells the time left.
    pub fn begin(bytes_total: Option<u64>) -> Progress {
        let (bar, template) = match bytes_total {
            Some(total) => (ProgressBar::new(total), "{bar:30} {percent:>3}%  {msg}  {eta} left"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg}  {elapsed}"),
        };
        bar.set_style(ProgressStyle::with_template(template).expect("the templates are well-formed"));
        bar.enable_steady_tick(REDRAW_EVERY);
        Progress { bar, begun: Instant::now() }
    }

    /// So many bytes and records are behind us.
    pub fn reached(&self, bytes: u64, records: u64) {
        let elapsed_ms = self.begun.elapsed().as_millis().max(1);
        let per_second = u128::from(records) * 1000 / elapsed_ms;
        self.bar.set_position(bytes);
        self.bar.set_message(format!("{} records, {}/s", grouped(records), grouped(per_second)));
    }

    /// Something else than reading is going on.
    pub fn now(&self, work: &'static str) {
        self.bar.set_message(work);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
