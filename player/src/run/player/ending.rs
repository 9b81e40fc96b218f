//! The end of a run: the page waits until everything has arrived, says why if it has not, and goes
//! to the exit address. A preview shows what would have been stored.

use std::rc::Rc;

use domain::responses::EntryContent;
use wasm_bindgen_futures::spawn_local;

use super::Player;
use crate::kit::browser::{sleep, window};
use crate::kit::element::{El, el, focus};
use crate::run::data::exit_address;
use crate::run::delivery::DeliveryState;

/// Steps of a tenth of a second until the page says that the connection is gone, and until it says
/// how to leave all the same.
const STEPS_TO_EXPLAIN: u32 = 10;
const STEPS_TO_OFFER_LEAVING: u32 = 150;

/// What a family reads when not everything could be stored, and how long.
const REFUSED: &str = "Not everything that was recorded could be sent: some of it is too large. \
     Please tell the researchers. Everything else has arrived, and this page will continue.";
const TIME_TO_READ_MS: i32 = 8_000;

impl Player {
    pub(super) fn end(self: &Rc<Self>) {
        let is_finished = self.state.borrow().is_finished;
        if !is_finished {
            self.record(EntryContent::Finish {});
        }
        self.layout.show_progress(self.state.borrow().progress());
        let main = el("section")
            .class("player-card player-end")
            .attr("tabindex", "-1");
        if self.run.is_preview {
            self.draw_end_of_preview(&main);
        } else {
            self.draw_thanks(&main);
        }
        main.append_to(&self.layout.area);
        focus(main.element());
    }

    fn draw_end_of_preview(&self, main: &El) {
        main.add(&el("h1").text("End of the preview"));
        main.add(
            &el("p").attr("role", "status").text(
                "A family would now go to your exit page. This is what would have been stored:",
            ),
        );
        let data = serde_json::to_string_pretty(&self.state.borrow().data).unwrap_or_default();
        main.add(
            &el("pre")
                .class("player-data")
                .attr("tabindex", "0")
                .text(&data),
        );
        if self.run.response.is_some() {
            main.add(
                &el("a")
                    .class("player-button")
                    .attr("href", &self.run.study.exit_url)
                    .text("Back to the study"),
            );
        }
    }

    fn draw_thanks(self: &Rc<Self>, main: &El) {
        let words = el("p")
            .attr("role", "status")
            .text("Your last answers are on their way. This page will continue by itself.");
        main.add(&el("h1").text("Thank you!"));
        main.add(&words);
        let (player, main) = (self.clone(), main.clone());
        spawn_local(async move {
            player.wait_for_delivery(&main, words.clone()).await;
            if player.delivery.state() == DeliveryState::Refused {
                words.text(REFUSED);
                sleep(TIME_TO_READ_MS).await;
            }
            player.is_leaving.set(true);
            let _ = window().location().assign(&player.exit_address());
        });
    }

    async fn wait_for_delivery(&self, main: &El, words: El) {
        let mut steps = 0_u32;
        let mut offers_leaving = false;
        while !self.delivery.is_done() {
            sleep(100).await;
            steps += 1;
            let is_offline = self.delivery.state().is_offline();
            if is_offline && steps > STEPS_TO_EXPLAIN {
                words.clone().text(
                    "The connection is lost, so your last answers could not be sent yet. They are \
                     kept on this device. Please leave this page open: it will continue as soon \
                     as the connection is back.",
                );
            }
            if is_offline && steps > STEPS_TO_OFFER_LEAVING && !offers_leaving {
                offers_leaving = true;
                main.add(&el("p").text(
                    "If you have to leave, open any study again in this browser within four weeks, \
                     and your answers will be sent then.",
                ));
            }
        }
    }

    fn exit_address(&self) -> String {
        let study = &self.run.study;
        match self.run.response {
            Some(response) => exit_address(
                &study.exit_url,
                &self.run.child.hashed_id,
                &response.to_string(),
            ),
            None => study.exit_url.clone(),
        }
    }
}
