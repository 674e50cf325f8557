//! From a thread that writes to a reader that reads: a bounded channel of pieces.

use std::io::{self, Write};

use bytes::Bytes;
use futures::stream;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;

/// Pieces on their way: the writer waits when the reader has not taken them.
const PIECES_MAX: usize = 4;

/// What is written goes to the body of an answer.
#[derive(Clone)]
pub struct ChannelWriter(mpsc::Sender<io::Result<Bytes>>);

impl ChannelWriter {
    /// A writer, and the body it fills.
    pub fn new() -> (ChannelWriter, impl Stream<Item = io::Result<Bytes>> + Send + 'static) {
        let (sender, receiver) = mpsc::channel(PIECES_MAX);
        let body = stream::unfold(receiver, |mut receiver| async move {
            let piece = receiver.recv().await?;
            Some((piece, receiver))
        });
        // What compresses a body asks once more after its end.
        let body = body.fuse();
        (ChannelWriter(sender), body)
    }

    /// Breaks the answer off, so that nobody takes a part for the whole.
    pub async fn fail(self, reason: &str) {
        tracing::warn!(target: "landfall::serve", reason, "an export broke off");
        self.0.send(Err(io::Error::other(reason.to_owned()))).await.ok();
    }
}

impl Write for ChannelWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Ok(Bytes::copy_from_slice(bytes));
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the reader has gone");
        self.0.blocking_send(piece).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
