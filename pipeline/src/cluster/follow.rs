//! A follower's end: its workers do what the leader says.

use std::io;
use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::Builder;

use landfall_engine::{Command, EngineError, Watch};
use landfall_operators::settings::Settings;

use super::join::{JoinError, Joined};
use super::wire::{self, Heard, Said};
use crate::live::LiveError;

/// Reports that wait for the connection.
const REPORTS_MAX: usize = 16;

/// What is said to the leader.
type Voice = Arc<Mutex<TcpStream>>;

/// By which a follower that is asked to stop asks the leader to stop them all.
#[derive(Clone, Default)]
pub struct Asking(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    asked: bool,
    voice: Option<Voice>,
}

impl Asking {
    /// Asks the leader, as soon as there is one.
    pub fn stop(&self) {
        let mut state = self.0.lock().expect("nobody panics while asking");
        state.asked = true;
        ask(&state);
    }

    fn connected(&self, voice: &Voice) {
        let mut state = self.0.lock().expect("nobody panics while asking");
        state.voice = Some(Arc::clone(voice));
        ask(&state);
    }
}

fn ask(state: &State) {
    if let (true, Some(voice)) = (state.asked, &state.voice) {
        // A leader that is gone is noticed by whoever listens to it.
        say(voice, &Heard::Stop).ok();
    }
}

fn say(voice: &Voice, heard: &Heard) -> io::Result<()> {
    wire::write(&mut *voice.lock().expect("nobody panics while speaking"), heard)
}

/// Runs the workers of this process until the leader has ended.
///
/// # Errors
/// When a worker stopped, or another process is gone.
pub fn follow(joined: Joined, workers: usize, settings: &Settings, asking: &Asking) -> Result<(), LiveError> {
    let watch = joined.cluster.watch();
    let link = joined.controls.into_iter().next().expect("a follower has a connection to the leader");
    let (process, address) = (link.process, link.address);
    let mut socket = link.socket;
    let voice: Voice = Arc::new(Mutex::new(socket.try_clone().map_err(JoinError::System)?));
    asking.connected(&voice);
    let lost = |reason: String| EngineError::Lost { process, address: address.clone(), reason };
    let keeps = match wire::read(&mut socket, u64::MAX) {
        Ok(Some(Said::Start(keeps))) => keeps,
        Ok(_) => return Err(lost("it closed the connection".to_owned()).into()),
        Err(error) => return Err(lost(error.to_string()).into()),
    };
    let (command, commands) = channel();
    let (report, reports) = sync_channel(REPORTS_MAX);
    let hearing = (watch.clone(), address.clone());
    let hear = move || {
        let (watch, address) = hearing;
        hear(process, &address, &watch, socket, &command);
    };
    let telling = (watch, address.clone());
    let tell = move || {
        let (watch, address) = telling;
        for report in reports {
            if let Err(error) = say(&voice, &Heard::Report(Box::new(report))) {
                return watch.lost(process, &address, &error.to_string());
            }
        }
    };
    Builder::new().name("hear".to_owned()).spawn(hear).map_err(JoinError::System)?;
    Builder::new().name("tell".to_owned()).spawn(tell).map_err(JoinError::System)?;
    Ok(landfall_engine::follow(workers, settings.clone(), keeps, joined.cluster, &commands, report)?)
}

/// Hears the leader, until it has ended.
fn hear(process: usize, address: &str, watch: &Watch, mut socket: TcpStream, commands: &Sender<Command>) {
    loop {
        match wire::read(&mut socket, u64::MAX) {
            Ok(Some(Said::Command(command))) => {
                if commands.send(command).is_err() || command == Command::End {
                    return;
                }
            }
            Ok(_) => return watch.lost(process, address, "it closed the connection"),
            Err(error) => return watch.lost(process, address, &error.to_string()),
        }
    }
}
