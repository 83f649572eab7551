//! The request that is out: its answer and its body, as server and network
//! have them.

use resilient_eventsource::core::{Fault, Head, Input, Request, Resume, Token};

use super::{Schedule, Wire};
use crate::invariants::Broken;
use crate::network::{Answer, Piece, Pipe};

impl Schedule {
    pub(super) fn open(&mut self, request: Request) {
        self.reached.requests += 1;
        self.newest = request.token;
        self.reading = false;
        let (answer, delay) = self.server.answer(request.resume, &mut self.rng);
        let silent = answer == Answer::Silence;
        self.wire = Some(Wire {
            token: request.token,
            id: match request.resume {
                Resume::None => String::new(),
                _ => self.connection.last_event_id().into_owned(),
            },
            answer: (!silent).then_some((self.time + delay, answer)),
            body: None,
            write_at: None,
        });
    }

    pub(super) fn answer(&mut self) -> Result<(), Broken> {
        let Some(wire) = &mut self.wire else {
            return Ok(());
        };
        let token = wire.token;
        let Some((_, answer)) = wire.answer.take() else {
            return Ok(());
        };
        let native = self.config.native;
        match answer {
            // The platform keeps to itself what it was.
            Answer::Status(status, content_type, _)
                if native && (status != 200 || content_type != "text/event-stream") =>
            {
                self.fail_native(token, Fault::Refused)
            }
            Answer::Failure(Fault::Network) if native => {
                let fault = self.loss();
                self.fail_native(token, fault)
            }
            Answer::Status(status, content_type, retry_after) => {
                if status == 200 && content_type == "text/event-stream" {
                    let stream = self.server.open(&wire.id, self.time);
                    wire.body = Some((stream, Pipe::default()));
                    wire.write_at = Some(self.time);
                }
                let head = Head {
                    status,
                    content_type: content_type.as_bytes(),
                    retry_after,
                    elsewhere: false,
                };
                self.feed(Input::Response(token, head))
            }
            Answer::Failure(fault) => self.feed(Input::Failed(token, fault)),
            Answer::Refused if self.rng.chance(50) => {
                self.feed(Input::CspViolation)?;
                self.feed(Input::Failed(token, Fault::Network))
            }
            Answer::Refused => {
                self.feed(Input::Failed(token, Fault::Network))?;
                if self.rng.chance(50) {
                    return self.feed(Input::CspViolation);
                }
                self.violation_at = self.time + self.rng.span(1, 5_000);
                Ok(())
            }
            Answer::Silence => Ok(()),
        }
    }

    /// The platform's own source lost its stream or got none. Unless it is
    /// closed for that, it makes a request by itself, after a while.
    fn fail_native(&mut self, token: Token, fault: Fault) -> Result<(), Broken> {
        self.feed(Input::Failed(token, fault))?;
        let Some(wire) = self.wire.as_mut().filter(|wire| wire.token == token) else {
            return Ok(());
        };
        if fault != Fault::Reconnecting {
            return Err("a platform source that is closed was kept".into());
        }
        let (answer, delay) = self.server.answer(Resume::Header, &mut self.rng);
        wire.id = self.connection.last_event_id().into_owned();
        wire.body = None;
        wire.write_at = None;
        wire.answer = (answer != Answer::Silence).then_some((self.time + 3_000 + delay, answer));
        self.reading = false;
        self.reached.left += 1;
        Ok(())
    }

    /// The class closes a platform source that must not reconnect by itself.
    fn loss(&mut self) -> Fault {
        if self.rng.chance(10) {
            Fault::Lost
        } else {
            Fault::Reconnecting
        }
    }

    pub(super) fn write(&mut self) {
        if let Some(wire) = &mut self.wire
            && let Some((stream, pipe)) = &mut wire.body
        {
            wire.write_at = self.server.write(stream, pipe, self.time, &mut self.rng);
        }
    }

    pub(super) fn read(&mut self) -> Result<(), Broken> {
        let Some(wire) = &mut self.wire else {
            return Ok(());
        };
        let token = wire.token;
        let piece = wire
            .body
            .as_mut()
            .and_then(|(_, pipe)| pipe.read(self.time));
        self.reading = piece.is_none();
        match piece {
            Some(Piece::Bytes(bytes)) => self.feed(Input::Chunk(token, &bytes)),
            Some(Piece::End | Piece::Cut) if self.config.native => {
                let fault = self.loss();
                self.fail_native(token, fault)
            }
            Some(Piece::End) => self.feed(Input::Ended(token)),
            Some(Piece::Cut) => self.feed(Input::Failed(token, Fault::Network)),
            None => Ok(()),
        }
    }
}
