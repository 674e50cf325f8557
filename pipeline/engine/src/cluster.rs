//! Several processes: one leads, with sources and readers, the others follow it tick by tick.
//!
//! Data travels between all workers over timely's network channels, on sockets that are handed in connected. Ticks and
//! reports travel between the leader and each follower however the caller likes: here they are values.

use std::any::Any;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use landfall_operators::outputs::Keeps;
use landfall_operators::settings::Settings;
use serde::{Deserialize, Serialize};
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use timely::communication::allocator::zero_copy::stream::Stream;
use timely::communication::allocator::{AllocatorBuilder, ProcessBuilder};
use timely::communication::networking::MessageHeader;
use timely::communication::{Hooks, WorkerGuards};

use super::EngineError;
use super::trouble::Trouble;
use super::worker::Report;
use super::workers::{Order, Workers};

/// Whoever waits looks this often whether something went wrong.
pub(super) const GLANCE: Duration = Duration::from_millis(100);

/// What the leader tells a follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// The next tick. Its records are with the leader's workers, who pass on what belongs to others.
    Tick(Order),
    /// There are no more.
    End,
}

/// A connection to another process.
#[derive(Debug)]
pub struct Link {
    /// The number of that process.
    pub process: usize,
    /// Its address, for messages.
    pub address: String,
    /// The connection: blocking, and nobody else's.
    pub socket: TcpStream,
}

/// This process's place among all.
pub struct Cluster {
    process: usize,
    links: Vec<Link>,
    pub(super) trouble: Arc<Trouble>,
}

/// By which whoever speaks with another process says that it is gone.
#[derive(Clone)]
pub struct Watch(Arc<Trouble>);

impl Watch {
    /// The process is gone: this one stops. Returns when the workers have been told.
    pub fn lost(&self, process: usize, address: &str, reason: &str) {
        self.0.lost(process, address, reason.to_owned());
    }
}

impl Cluster {
    /// The place of the process with this number, with a link to each of the others.
    ///
    /// # Errors
    /// When the system refuses a second handle of a socket.
    pub fn new(process: usize, links: Vec<Link>) -> io::Result<Cluster> {
        let sockets = links.iter().map(|link| link.socket.try_clone()).collect::<io::Result<Vec<_>>>()?;
        Ok(Cluster { process, links, trouble: Arc::new(Trouble::cutting(sockets)) })
    }

    /// Where a lost process is reported.
    pub fn watch(&self) -> Watch {
        Watch(Arc::clone(&self.trouble))
    }

    /// How many processes there are.
    pub fn processes(&self) -> usize {
        self.links.len() + 1
    }

    /// The number of this process.
    pub fn process(&self) -> usize {
        self.process
    }

    /// What workers talk through, and what keeps it alive.
    pub(super) fn connected(self, workers: usize) -> io::Result<(Vec<AllocatorBuilder>, Box<dyn Any + Send>)> {
        let hooks = Hooks::default();
        let within = ProcessBuilder::new_typed_vector(workers, hooks.refill.clone(), None);
        let mut sockets: Vec<Option<Watched>> = (0..self.processes()).map(|_| None).collect();
        for Link { process, address, socket } in self.links {
            let trouble = Arc::clone(&self.trouble);
            sockets[process] = Some(Watched { process, address: address.into(), socket, trouble, zeros: 0 });
        }
        let (builders, guard) = initialize_networking_from_sockets(within, sockets, self.process, workers, hooks)?;
        Ok((builders.into_iter().map(AllocatorBuilder::Tcp).collect(), Box::new(guard)))
    }
}

/// A socket that tells when the other side is gone. Timely's threads would panic one after another; here the one reason is
/// noted, and they rest until the process ends.
struct Watched {
    process: usize,
    address: Arc<str>,
    socket: TcpStream,
    trouble: Arc<Trouble>,
    /// How many of the last bytes read were zero: an end in order is a header of zeros.
    zeros: usize,
}

impl Watched {
    fn rest(&self, reason: String) -> ! {
        self.trouble.lost(self.process, &self.address, reason);
        loop {
            std::thread::park();
        }
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.socket.read(buffer) {
                Ok(0) if self.zeros >= size_of::<MessageHeader>() => return Ok(0),
                Ok(0) => self.rest("it closed the connection".to_owned()),
                Ok(count) => {
                    let zeros = buffer[..count].iter().rev().take_while(|byte| **byte == 0).count();
                    self.zeros = if zeros == count { self.zeros.saturating_add(zeros) } else { zeros };
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => self.rest(error.to_string()),
            }
        }
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.socket.write(bytes) {
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.trouble.lost(self.process, &self.address, error.to_string());
                    // What is written from here on has nobody to reach.
                    return Ok(bytes.len());
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Watched {
    fn try_clone(&self) -> io::Result<Watched> {
        Ok(Watched {
            process: self.process,
            address: Arc::clone(&self.address),
            socket: self.socket.try_clone()?,
            trouble: Arc::clone(&self.trouble),
            zeros: 0,
        })
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.socket.set_nonblocking(nonblocking)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        // A connection that is cut already has been told of.
        self.socket.shutdown(how).or_else(|error| if self.trouble.is_stopping() { Ok(()) } else { Err(error) })
    }
}

/// Runs the workers of a process that follows another, until the leader's commands end.
///
/// # Errors
/// When a worker stopped, or another process is gone.
pub fn follow(
    workers: usize,
    settings: Settings,
    keeps: Keeps,
    cluster: Cluster,
    commands: &Receiver<Command>,
    reports: SyncSender<Report>,
) -> Result<(), EngineError> {
    let mut workers = Workers::start(workers, settings, keeps, Some(cluster), reports)?;
    loop {
        match commands.recv_timeout(GLANCE) {
            Ok(Command::Tick(order)) => workers.feed(order, Vec::new(), Vec::new())?,
            Ok(Command::End) => return workers.finish(),
            Err(RecvTimeoutError::Timeout) if !workers.is_stopping() => {}
            Err(_) => return Err(workers.failure()),
        }
    }
}

/// Joins the workers of a process that ends in order, and its connections; looks meanwhile whether another is lost, for
/// which the connections would wait for ever.
pub(super) fn join(guards: WorkerGuards<()>, trouble: &Trouble) -> bool {
    let (done, ended) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let all_well = guards.join().iter().all(Result::is_ok);
        // Nobody listens where another process was lost meanwhile.
        done.send(all_well).ok();
    });
    loop {
        match ended.recv_timeout(GLANCE) {
            Ok(all_well) => return all_well,
            Err(RecvTimeoutError::Timeout) if !trouble.is_stopping() => {}
            Err(_) => return false,
        }
    }
}
