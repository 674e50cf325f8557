//! Several processes, here as threads that share nothing but sockets: everything that workers exchange is written and read
//! again, and at every tick the views equal the reference's.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::JoinHandle;

use landfall_benches::generator::Config;
use landfall_engine::{Cluster, Command, Engine, EngineError, Feed, Link, ViewSet, follow};
use landfall_operators::outputs::Keeps;
use landfall_operators::settings::Settings;
use landfall_tests::{Run, assert_same, expected, generated_records};

const KEEPS: Keeps = Keeps { documents: true, checkpoints: true };

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let near = TcpStream::connect(listener.local_addr().expect("it listens")).expect("it answers");
    (near, listener.accept().expect("it was called").0)
}

/// Every process's links to all others.
fn links(processes: usize) -> Vec<Vec<Link>> {
    let mut links: Vec<Vec<Link>> = (0..processes).map(|_| Vec::new()).collect();
    for lower in 0..processes {
        for higher in lower + 1..processes {
            let (near, far) = pair();
            links[lower].push(Link { process: higher, address: format!("address-{higher}"), socket: near });
            links[higher].push(Link { process: lower, address: format!("address-{lower}"), socket: far });
        }
    }
    links
}

struct Processes {
    leader: Engine,
    followers: Vec<JoinHandle<Result<(), EngineError>>>,
    /// Another handle of every socket.
    sockets: Vec<Vec<TcpStream>>,
}

/// Reports are handed on as they are; between real processes they are written and read like everything else.
fn start(processes: usize, workers: usize) -> Processes {
    let links = links(processes);
    let sockets = links.iter().map(|all| all.iter().map(|link| link.socket.try_clone().expect("a handle")).collect());
    let sockets = sockets.collect();
    let (commands, told): (Vec<Sender<Command>>, Vec<Receiver<Command>>) = (1..processes).map(|_| channel()).unzip();
    let mut places =
        links.into_iter().enumerate().map(|(process, links)| Cluster::new(process, links).expect("handles"));
    let first = places.next().expect("there is a leader");
    let places: Vec<Cluster> = places.collect();
    let (leader, reports) =
        Engine::start_leading(workers, Settings::default(), KEEPS, first, commands).expect("threads can be started");
    let follower = |(place, told): (Cluster, Receiver<Command>)| {
        let reports = reports.clone();
        std::thread::spawn(move || {
            let (report, heard) = sync_channel(1);
            std::thread::spawn(move || heard.into_iter().for_each(|report| reports.send(report).unwrap_or_default()));
            follow(workers, Settings::default(), KEEPS, place, &told, report)
        })
    };
    Processes { leader, followers: places.into_iter().zip(told).map(follower).collect(), sockets }
}

#[test]
fn three_processes_equal_the_reference_at_every_tick() {
    for (seed, processes, workers) in [(300, 3, 1), (301, 2, 2), (302, 3, 1)] {
        let config = Config::for_tests(seed, 14);
        let (records, end) = (generated_records(&config), config.as_of());
        let Processes { leader, followers, sockets } = start(processes, workers);
        let mut run = Run::of(leader);
        for (tick, seen) in (0..records.len()).step_by(records.len().div_ceil(8)).enumerate() {
            let until = (seen + records.len().div_ceil(8)).min(records.len());
            run.tick(end, &records[seen..until]);
            let context = format!("seed {seed}, {processes} processes of {workers} workers, tick {tick}");
            assert_same(&run.tables, &expected(&records[..until], end, &Settings::default()), &context);
        }
        assert!(run.sizes()["Documents"] > 0, "sizes of all workers are told");
        run.finish();
        for follower in followers {
            follower.join().expect("it does not panic").expect("it ends in order");
        }
        drop(sockets);
    }
}

#[test]
fn what_a_cluster_saves_one_process_restores() {
    let config = Config::for_tests(303, 14);
    let (records, clock) = (generated_records(&config), config.as_of());
    let arrivals = |records: &[landfall_tests::Record]| {
        let of = |(record, outcome): &landfall_tests::Record| landfall_engine::Arrival {
            record: *record,
            outcome: outcome.clone(),
        };
        records.iter().filter(|(_, outcome)| outcome.is_ok()).map(of).collect::<Vec<_>>()
    };
    let Processes { mut leader, followers, sockets } = start(3, 1);
    let feed =
        Feed { tick: 1, clock, arrivals: arrivals(&records), restored: Vec::new(), save: true, views: ViewSet::ALL };
    let mut closed = leader.feed(feed).expect("no worker stops");
    closed.extend(leader.finish().expect("no worker stops"));
    followers.into_iter().for_each(|follower| follower.join().expect("no panic").expect("it ends in order"));
    drop(sockets);
    let saved = closed.pop().and_then(|tick| tick.saved).expect("the tick was to be saved");

    let good: Vec<_> = records.iter().filter(|(_, outcome)| outcome.is_ok()).cloned().collect();
    let mut engine = Engine::start_keeping(1, Settings::default(), KEEPS).expect("a worker can be started");
    let feed = Feed { tick: 1, clock, arrivals: Vec::new(), restored: saved, save: false, views: ViewSet::ALL };
    let mut closed = engine.feed(feed).expect("no worker stops");
    closed.extend(engine.finish().expect("no worker stops"));
    let mut tables = landfall_operators::rows::Tables::default();
    closed.into_iter().flat_map(|tick| tick.changes).for_each(|changes| tables.apply(changes));
    assert_same(&tables, &expected(&good, clock, &Settings::default()), "restored");
}

#[test]
fn a_lost_process_ends_the_others_with_its_number() {
    let config = Config::for_tests(304, 10);
    let (records, end) = (generated_records(&config), config.as_of());
    let Processes { leader, followers, sockets } = start(3, 1);
    let mut run = Run::of(leader);
    run.tick(end, &records);
    // As when process 2 is killed: all its connections close at once.
    for socket in &sockets[2] {
        socket.shutdown(Shutdown::Both).expect("it is open");
    }
    let mut followers = followers.into_iter();
    let other = followers.next().expect("process 1").join().expect("it does not panic");
    let said = other.expect_err("it must not go on").to_string();
    assert!(said.contains("process 2 (address-2) is lost"), "{said}");
    let said = run.failure().to_string();
    assert!(said.contains("process 2 (address-2) is lost"), "{said}");
}
