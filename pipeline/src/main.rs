//! `landfall`: the command line.

use std::process::ExitCode;

/// Dataflow allocates and frees small pieces all the time, on several threads (docs/performance.md compares allocators).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    landfall::cli::main()
}
