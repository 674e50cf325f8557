//! What the process tells about itself: metrics, logs, alarms.

mod alarms;
mod logs;
mod metrics;

pub use alarms::Alarms;
pub use logs::start_logs;
pub use metrics::Metrics;
