//! The leader's end: tells each follower of ticks, and hears their workers' reports.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel};
use std::thread::Builder;

use landfall_engine::{Command, Engine, Report, Watch};
use landfall_operators::outputs::Keeps;
use landfall_operators::settings::Settings;

use super::join::{JoinError, Joined};
use super::wire::{self, Heard, Said};
use crate::live::LiveError;

/// Starts an engine whose workers are those of all processes. `stop` is called when a follower was asked to stop.
///
/// # Errors
/// When threads cannot be started.
pub fn lead(
    joined: Joined,
    workers: usize,
    settings: &Settings,
    keeps: Keeps,
    stop: impl Fn() + Clone + Send + 'static,
) -> Result<Engine, LiveError> {
    let watch = joined.cluster.watch();
    let (senders, receivers): (Vec<_>, Vec<_>) = joined.controls.iter().map(|_| channel()).unzip();
    let (engine, reports) = Engine::start_leading(workers, settings.clone(), keeps, joined.cluster, senders)?;
    for (link, commands) in joined.controls.into_iter().zip(receivers) {
        let follower = Follower { process: link.process, address: link.address.into(), watch: watch.clone() };
        talk(follower, link.socket, keeps, commands, reports.clone(), stop.clone()).map_err(JoinError::System)?;
    }
    Ok(engine)
}

/// A follower, for messages.
#[derive(Clone)]
struct Follower {
    process: usize,
    address: Arc<str>,
    watch: Watch,
}

impl Follower {
    fn lost(&self, reason: &str) {
        self.watch.lost(self.process, &self.address, reason);
    }
}

fn talk(
    follower: Follower,
    mut socket: TcpStream,
    keeps: Keeps,
    commands: Receiver<Command>,
    reports: SyncSender<Report>,
    stop: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let ends = Arc::new(AtomicBool::new(false));
    let (heard, told) = ((follower.clone(), socket.try_clone()?, Arc::clone(&ends)), follower);
    Builder::new().name(format!("hear-{}", told.process)).spawn(move || {
        let (follower, socket, ends) = heard;
        hear(&follower, socket, &ends, &reports, &stop);
    })?;
    Builder::new().name(format!("tell-{}", told.process)).spawn(move || {
        if let Err(error) = tell(&mut socket, keeps, &commands, &ends) {
            told.lost(&error.to_string());
        }
    })?;
    Ok(())
}

/// Tells a follower what to do, until the engine has ended.
fn tell(socket: &mut TcpStream, keeps: Keeps, commands: &Receiver<Command>, ends: &AtomicBool) -> io::Result<()> {
    wire::write(socket, &Said::Start(keeps))?;
    for command in commands {
        let is_last = command == Command::End;
        if is_last {
            ends.store(true, Ordering::Release);
        }
        wire::write(socket, &Said::Command(command))?;
        if is_last {
            return Ok(());
        }
    }
    // The engine ended out of order: the follower is to notice. One that is gone itself cannot.
    socket.shutdown(Shutdown::Both).ok();
    Ok(())
}

/// Hears a follower, until it has ended.
fn hear(follower: &Follower, mut socket: TcpStream, ends: &AtomicBool, reports: &SyncSender<Report>, stop: &impl Fn()) {
    loop {
        match wire::read(&mut socket, u64::MAX) {
            Ok(Some(Heard::Report(report))) => {
                if reports.send(*report).is_err() {
                    return;
                }
            }
            Ok(Some(Heard::Stop)) => {
                tracing::info!(process = follower.process, "a process was asked to stop: all do");
                stop();
            }
            Ok(None) if ends.load(Ordering::Acquire) => return,
            Ok(None) => return follower.lost("it closed the connection"),
            Err(error) => return follower.lost(&error.to_string()),
        }
    }
}
