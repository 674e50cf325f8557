//! Connects this process with all others. Each listens on its address for those with higher numbers and connects to those
//! with lower ones, until all are there.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use landfall_engine::{Cluster, Link};
use socket2::{SockRef, TcpKeepalive};

use super::hello::{Answer, Facts, Hello, Purpose};
use super::wire;
use crate::config::ClusterPlan;

/// A hello and its answer have at most so many bytes.
const HELLO_BYTES_MAX: u64 = 64 << 10;
/// A stranger who connects and says nothing is heard so long.
const HELLO_TIMEOUT: Duration = Duration::from_secs(2);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(100);
/// A machine that is gone without a word is noticed after the first, plus three times the second.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(5));

/// Why this process cannot join the others.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Its address cannot be listened on.
    #[error("process {process} cannot listen on {address}: {reason}")]
    Listen {
        /// This process.
        process: usize,
        /// Its address.
        address: String,
        /// What the system said.
        reason: io::Error,
    },
    /// Another process does not want it.
    #[error("process {process} ({address}) refuses this one: {reason}")]
    Refused {
        /// The other one.
        process: usize,
        /// Its address.
        address: String,
        /// What it said.
        reason: String,
    },
    /// Others did not come.
    #[error("process {process} ({address}) did not join within {seconds} s: {reason}")]
    Absent {
        /// The first of them.
        process: usize,
        /// Its address.
        address: String,
        /// engine.join_timeout_seconds.
        seconds: u64,
        /// What was seen of it last.
        reason: String,
    },
    /// The system refuses something.
    #[error("cannot join the other processes: {0}")]
    System(#[from] io::Error),
}

/// All connections of this process.
pub struct Joined {
    /// For the workers.
    pub cluster: Cluster,
    /// The leader's to each follower; a follower's to the leader alone.
    pub controls: Vec<Link>,
}

type Connections = BTreeMap<(usize, Purpose), TcpStream>;

/// Waits until all processes are connected; `None` when told to stop before that.
///
/// # Errors
/// When another process refuses this one, or does not come in time.
pub fn join(plan: &ClusterPlan, facts: &Facts, stop: &AtomicBool) -> Result<Option<Joined>, JoinError> {
    let limits = Limits { deadline: Instant::now() + Duration::from_secs(plan.join_timeout_seconds), stop };
    // Those with higher numbers may come while this one still waits for those with lower ones.
    let listener = TcpListener::bind(&plan.hosts[plan.process]).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    let listener = listener.map_err(|reason| JoinError::Listen {
        process: plan.process,
        address: plan.hosts[plan.process].clone(),
        reason,
    })?;
    let mut connections = Connections::new();
    for process in 0..plan.process {
        for purpose in purposes(process) {
            let Some(socket) = connect(plan, facts, process, *purpose, &limits)? else {
                return Ok(None);
            };
            connections.insert((process, *purpose), socket);
        }
    }
    if !accept(plan, facts, &listener, &limits, &mut connections)? {
        return Ok(None);
    }
    joined(plan, connections).map(Some).map_err(JoinError::System)
}

/// What the connections of a process with those above it are for.
fn purposes(lower: usize) -> &'static [Purpose] {
    if lower == 0 { &[Purpose::Control, Purpose::Data] } else { &[Purpose::Data] }
}

struct Limits<'a> {
    deadline: Instant,
    stop: &'a AtomicBool,
}

impl Limits<'_> {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn passed(&self) -> bool {
        Instant::now() >= self.deadline
    }
}

/// Connects to a process with a lower number, again and again; `None` when told to stop.
fn connect(
    plan: &ClusterPlan,
    facts: &Facts,
    process: usize,
    purpose: Purpose,
    limits: &Limits<'_>,
) -> Result<Option<TcpStream>, JoinError> {
    let address = &plan.hosts[process];
    let hello = Hello { from: plan.process, to: process, purpose, facts: facts.clone() };
    while !limits.stopped() {
        let answer = reach(address).and_then(|mut socket| {
            wire::write(&mut socket, &hello)?;
            socket.set_read_timeout(Some(PAUSE))?;
            let answer = wire::read(&mut Patient { socket: &socket, limits }, HELLO_BYTES_MAX)?;
            Ok((socket, answer.ok_or(ErrorKind::UnexpectedEof)?))
        });
        match answer {
            Ok((socket, Answer::Welcome)) => return Ok(Some(socket)),
            Ok((_, Answer::Refused(reason))) => {
                return Err(JoinError::Refused { process, address: address.clone(), reason });
            }
            Err(reason) if limits.passed() => return Err(absent(plan, process, reason.to_string())),
            Err(reason) => {
                tracing::debug!(process, address, %reason, "not there yet");
                std::thread::sleep(PAUSE);
            }
        }
    }
    Ok(None)
}

/// Connects to the first of an address's machines that answers.
fn reach(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for machine in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&machine, CONNECT_TIMEOUT) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Waits for all processes with higher numbers; whether they came before it was told to stop.
fn accept(
    plan: &ClusterPlan,
    facts: &Facts,
    listener: &TcpListener,
    limits: &Limits<'_>,
    connections: &mut Connections,
) -> Result<bool, JoinError> {
    let mut refused: BTreeMap<usize, String> = BTreeMap::new();
    loop {
        let wanted = (plan.process + 1..plan.hosts.len()).find(|process| {
            purposes(plan.process).iter().any(|purpose| !connections.contains_key(&(*process, *purpose)))
        });
        let Some(missing) = wanted else { return Ok(true) };
        if limits.stopped() {
            return Ok(false);
        }
        if limits.passed() {
            let reason = refused.remove(&missing).unwrap_or_else(|| "it never came".to_owned());
            return Err(absent(plan, missing, reason));
        }
        let (socket, from) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(PAUSE);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match welcome(plan, facts, socket) {
            Ok(Ok((hello, socket))) => {
                // One that was started anew takes the place of what it was before.
                connections.insert((hello.from, hello.purpose), socket);
            }
            Ok(Err((process, reason))) => {
                tracing::warn!(process, %from, reason, "a process is refused");
                refused.insert(process, format!("it was refused: {reason}"));
            }
            Err(error) => tracing::warn!(%from, %error, "somebody connected who is no process of this cluster"),
        }
    }
}

/// Hears a hello and answers it: who is welcome, or who is refused and why.
fn welcome(
    plan: &ClusterPlan,
    facts: &Facts,
    mut socket: TcpStream,
) -> io::Result<Result<(Hello, TcpStream), (usize, String)>> {
    socket.set_nonblocking(false)?;
    socket.set_read_timeout(Some(HELLO_TIMEOUT))?;
    let hello: Hello = wire::read(&mut socket, HELLO_BYTES_MAX)?.ok_or(ErrorKind::UnexpectedEof)?;
    let expected = plan.process + 1..plan.hosts.len();
    let difference = facts.difference(plan.process, &hello.facts, hello.from).or_else(|| {
        let fits = hello.to == plan.process && expected.contains(&hello.from);
        (!fits).then(|| {
            format!("process {} looks for process {} at the address of process {}", hello.from, hello.to, plan.process)
        })
    });
    if let Some(reason) = difference {
        wire::write(&mut socket, &Answer::Refused(reason.clone()))?;
        return Ok(Err((hello.from, reason)));
    }
    wire::write(&mut socket, &Answer::Welcome)?;
    Ok(Ok((hello, socket)))
}

fn joined(plan: &ClusterPlan, connections: Connections) -> io::Result<Joined> {
    let (mut links, mut controls) = (Vec::new(), Vec::new());
    for ((process, purpose), socket) in connections {
        socket.set_read_timeout(None)?;
        socket.set_nodelay(true)?;
        let (silence, interval) = KEEPALIVE;
        let keepalive = TcpKeepalive::new().with_time(silence).with_interval(interval).with_retries(3);
        SockRef::from(&socket).set_tcp_keepalive(&keepalive)?;
        SockRef::from(&socket).set_tcp_user_timeout(Some(silence + 3 * interval))?;
        let link = Link { process, address: plan.hosts[process].clone(), socket };
        match purpose {
            Purpose::Control => controls.push(link),
            Purpose::Data => links.push(link),
        }
    }
    tracing::info!(process = plan.process, processes = plan.hosts.len(), "all processes are connected");
    Ok(Joined { cluster: Cluster::new(plan.process, links)?, controls })
}

fn absent(plan: &ClusterPlan, process: usize, reason: String) -> JoinError {
    JoinError::Absent { process, address: plan.hosts[process].clone(), seconds: plan.join_timeout_seconds, reason }
}

/// Reads on while the other side is busy with those before it, until the deadline.
struct Patient<'a> {
    socket: &'a TcpStream,
    limits: &'a Limits<'a>,
}

impl Read for Patient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.socket.read(buffer) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if self.limits.stopped() || self.limits.passed() {
                        return Err(io::Error::new(ErrorKind::TimedOut, "it does not answer"));
                    }
                }
                other => return other,
            }
        }
    }
}
