//! Several processes that compute one dataflow.
//!
//! The first, number 0, leads: sources, tick log, checkpoints, sinks and servers are its own. The others follow: their workers
//! hold a share of the keys. Every two processes have a connection for data between workers; the leader has one more with
//! each follower, for ticks and reports. `join` makes the connections, `hello` refuses processes that do not fit, `wire` says
//! how values travel, `lead` and `follow` are the two ends.

mod follow;
mod hello;
mod join;
mod lead;
mod wire;

pub use follow::{Asking, follow};
pub use hello::Facts;
pub use join::{JoinError, Joined, join};
pub use lead::lead;
