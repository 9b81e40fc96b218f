//! What a family did in each of fifteen frames, drawn from a small generator, so that every program
//! can make the same.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::error::Error;

/// Frames in the order of the run.
pub const NAMES: [&str; 15] = [
    "0-video-config",
    "1-video-consent",
    "2-instructions",
    "3-test-trial-1",
    "4-test-trial-2",
    "5-test-trial-3",
    "6-test-trial-4",
    "7-test-trial-5",
    "8-test-trial-6",
    "9-test-trial-7",
    "10-test-trial-8",
    "11-test-trial-9",
    "12-test-trial-10",
    "13-parent-survey",
    "14-exit-survey",
];

/// A protocol of fifteen pages with these names.
pub fn protocol() -> Result<String, Error> {
    let names = NAMES
        .iter()
        .filter_map(|name| name.split_once('-'))
        .map(|(_, name)| name);
    let page = || json!({ "kind": "exp-lookit-text", "blocks": [{ "text": "A page." }] });
    let frames: Map<String, Value> = names
        .clone()
        .map(|name| (name.to_owned(), page()))
        .collect();
    let sequence: Vec<&str> = names.collect();
    Ok(serde_json::to_string_pretty(
        &json!({ "frames": frames, "sequence": sequence }),
    )?)
}

/// The data of the frames of a response, whose number is the seed.
pub fn of_response(
    number: u32,
    study: Uuid,
    response: Uuid,
    begun_at: DateTime<Utc>,
) -> impl Iterator<Item = Value> {
    let mut chance = Chance::seeded(number + 1);
    NAMES.iter().zip(0..).map(move |(name, position)| {
        let at = begun_at + Duration::seconds(30 * position);
        let video = format!(
            "videoStream_{study}_{name}_{response}_{}_{}",
            at.timestamp_millis(),
            chance.below(1000)
        );
        let mut frame = Frame {
            at,
            video,
            chance: &mut chance,
            events: Vec::new(),
        };
        frame.data(position)
    })
}

/// A linear congruential generator.
struct Chance(u32);

impl Chance {
    fn seeded(seed: u32) -> Self {
        Self(seed.wrapping_mul(2_654_435_761).wrapping_add(12345))
    }

    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 % bound
    }

    fn one_of(&mut self, words: &[&str]) -> Value {
        let length = u32::try_from(words.len()).unwrap_or(1);
        let drawn = usize::try_from(self.below(length)).unwrap_or_default();
        words.get(drawn).map_or(Value::Null, |word| json!(word))
    }
}

struct Frame<'a> {
    at: DateTime<Utc>,
    video: String,
    chance: &'a mut Chance,
    events: Vec<Value>,
}

impl Frame<'_> {
    fn event(&mut self, name: &str, records: bool) {
        let place = i64::try_from(self.events.len()).unwrap_or_default();
        self.event_at(name, place, records);
    }

    fn event_at(&mut self, name: &str, place: i64, records: bool) {
        let millis = i64::from(self.chance.below(1000));
        let at = self.at + Duration::seconds(3 * place) + Duration::milliseconds(millis);
        let mut event = json!({
            "eventType": name,
            "timestamp": at.to_rfc3339_opts(SecondsFormat::Millis, true),
        });
        if records && let Some(members) = event.as_object_mut() {
            let stream_time = f64::from(self.chance.below(30_000)) / 1000.0;
            members.insert("videoId".to_owned(), json!(self.video));
            members.insert("pipeId".to_owned(), json!(""));
            members.insert("streamTime".to_owned(), json!(stream_time));
        }
        self.events.push(event);
    }

    /// Everything that the player told: what the frame itself says stands in the middle.
    fn told(&mut self, kind: &str, own: Value, seconds: impl Into<Value>) -> Value {
        let mut members = Map::from_iter([("frameType".to_owned(), json!(kind))]);
        if let Value::Object(own) = own {
            members.extend(own);
        }
        members.insert("frameDuration".to_owned(), seconds.into());
        members.insert("generatedProperties".to_owned(), Value::Null);
        members.insert(
            "eventTimings".to_owned(),
            Value::Array(std::mem::take(&mut self.events)),
        );
        Value::Object(members)
    }

    fn data(&mut self, position: i64) -> Value {
        match position {
            0 => {
                for _ in 0..3 {
                    self.event("exp-video-config:recorderReady", false);
                }
                self.event("nextFrame", false);
                self.told("DEFAULT", json!({}), 41.2)
            }
            1 => self.consent(),
            2 => {
                self.event("exp-lookit-instructions:displayBlocks", false);
                self.event("nextFrame", false);
                self.told("DEFAULT", json!({}), 20.4)
            }
            13 => self.survey(),
            14 => self.exit(),
            trial => self.trial(trial == 3 || trial == 9),
        }
    }

    fn consent(&mut self) -> Value {
        for name in ["recorderReady", "startRecording", "stoppingCapture"] {
            self.event(&format!("exp-lookit-video-consent:{name}"), true);
        }
        self.event_at("nextFrame", 4, true);
        let form = "Researchers led by Dr. Bench at Example University are running this study. ";
        let own = json!({
            "videoId": self.video,
            "videoList": [self.video],
            "consentFormText": form.repeat(8),
        });
        self.told("CONSENT", own, 62.0)
    }

    fn trial(&mut self, records: bool) -> Value {
        for name in ["startIntro", "startTestAudio", "startTestVideo"] {
            self.event(&format!("exp-lookit-images-audio:{name}"), records);
        }
        self.event("nextFrame", records);
        let seconds = 15 + self.chance.below(20);
        let mut own = Map::new();
        if records {
            own.insert("videoId".to_owned(), json!(self.video));
            own.insert("videoList".to_owned(), json!([self.video]));
        }
        own.insert("hasBeenPaused".to_owned(), json!(false));
        let images = [self.image("left"), self.image("right")];
        own.insert("images".to_owned(), json!(images));
        let selected = if self.chance.below(2) == 1 {
            "left"
        } else {
            "right"
        };
        own.insert("selectedImage".to_owned(), json!(selected));
        own.insert("correctImage".to_owned(), json!("left"));
        let is_correct = self.chance.below(2) == 1;
        own.insert("correctChoiceSelected".to_owned(), json!(is_correct));
        let audio = "https://example.org/stim/mp3/trial.mp3";
        own.insert("audioPlayed".to_owned(), json!(audio));
        self.told("DEFAULT", Value::Object(own), seconds)
    }

    fn image(&mut self, side: &str) -> Value {
        let number = self.chance.below(100);
        let src = format!("https://example.org/stim/img/{number}.png");
        json!({ "id": side, "src": src, "position": side })
    }

    fn survey(&mut self) -> Value {
        self.event("nextFrame", false);
        let mut answers = Map::new();
        for question in 1..=12 {
            let answer = self
                .chance
                .one_of(&["never", "sometimes", "often", "always"]);
            answers.insert(format!("q{question}"), answer);
        }
        let free = "She mostly looked at the one on the left, and pointed twice.";
        answers.insert("free".to_owned(), json!(free));
        self.told("DEFAULT", json!({ "formData": answers }), 55.5)
    }

    fn exit(&mut self) -> Value {
        self.event("nextFrame", false);
        let use_of_media = self.chance.one_of(&["private", "scientific", "public"]);
        let difference = self.chance.below(9);
        let has_feedback = self.chance.below(3) == 0;
        let own = json!({
            "withdrawal": false,
            "databraryShare": "yes",
            "useOfMedia": use_of_media,
            "birthDateDifference": difference,
            "feedback": if has_feedback { "Fun study, thank you!" } else { "" },
        });
        self.told("EXIT", own, 33.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_size_of_real_ones() {
        let begun_at = "2026-05-07T00:00:00Z".parse().unwrap();
        let of = |number| of_response(number, Uuid::nil(), Uuid::nil(), begun_at);
        let lengths: Vec<usize> = of(0).map(|data| data.to_string().len()).collect();
        assert_eq!(lengths.len(), NAMES.len());
        for (position, expected) in [
            (0, 411),
            (1, 1980),
            (2, 246),
            (3, 1660),
            (4, 746),
            (14, 271),
        ] {
            let length = lengths[position];
            assert!(
                length.abs_diff(expected) < 30,
                "frame {position} has {length} bytes"
            );
        }
        for number in [0, 1, 9, 19_999] {
            let total: usize = of(number).map(|data| data.to_string().len()).sum();
            assert!(
                (12_400..13_000).contains(&total),
                "response {number} has {total} bytes"
            );
        }
        assert_eq!(of(7).collect::<Vec<_>>(), of(7).collect::<Vec<_>>());
        assert_ne!(of(7).next(), of(8).next());
    }

    #[test]
    fn the_protocol_can_be_run() {
        let report = protocol::report(&protocol().unwrap());
        let problems: Vec<_> = report
            .problems
            .iter()
            .map(|problem| &problem.message)
            .collect();
        // It is made of plain pages, which is all that there is to say against it.
        let known = [
            "the last frame is not an exit survey",
            "no frame asks for consent",
        ];
        assert_eq!(problems, known);
    }
}
