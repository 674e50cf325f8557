//! What the process tells about itself: metrics and logs.

mod logs;
mod metrics;

pub use logs::start_logs;
pub use metrics::Metrics;
