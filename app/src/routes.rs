//! Every page's address, in one place.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::error::AppError;
use crate::pages;
use crate::parts::escaped;
use crate::request::page;
use crate::shell::{BottomBar, TopBar};

/// The site. It is also run once at the start, without a request, to list its routes: nothing may
/// be expected here.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() {
                "Lookit".to_owned()
            } else {
                format!("{} \u{00b7} Lookit", escaped(&title))
            }
        } />
        <Router>
            <TopBar />
            <main id="main" tabindex="-1">
                <Routes fallback=|| page(async { Err(AppError::NotFound) })>
                    <Route path=path!("/") view=pages::home::Home ssr=SsrMode::Async />
                    <Route path=path!("/signup") view=pages::accounts::SignUp ssr=SsrMode::Async />
                    <Route
                        path=path!("/signup/researcher")
                        view=pages::accounts::SignUpResearcher
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/forgot-password")
                        view=pages::accounts::ForgotPassword
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/link/:token")
                        view=pages::accounts::FollowLink
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/second-factor")
                        view=pages::accounts::GiveFactor
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/login") view=pages::accounts::SignIn ssr=SsrMode::Async />
                    <Route
                        path=path!("/account")
                        view=pages::accounts::Account
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/settings")
                        view=pages::accounts::Settings
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/email")
                        view=pages::accounts::Email
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/security")
                        view=pages::accounts::Security
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/security/app")
                        view=pages::accounts::SetUpApp
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/security/recovery-codes")
                        view=pages::accounts::RecoveryCodes
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/tokens")
                        view=pages::accounts::Tokens
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/leave")
                        view=pages::accounts::Leave
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/children")
                        view=pages::families::Children
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/children/add")
                        view=pages::families::AddChild
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/children/:child")
                        view=pages::families::EditChild
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/children/:child/delete")
                        view=pages::families::DeleteChild
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/account/demographics")
                        view=pages::families::Demographics
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/studies") view=pages::studies::List ssr=SsrMode::Async />
                    <Route
                        path=path!("/studies/history")
                        view=pages::responses::Past
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/studies/leave")
                        view=pages::studies::Leave
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/studies/:study")
                        view=pages::studies::Detail
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies")
                        view=pages::studies::Studies
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies/create")
                        view=pages::studies::CreateStudy
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies/:study/edit")
                        view=pages::studies::EditStudy
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies/:study/design")
                        view=pages::studies::DesignStudy
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies/:study/log")
                        view=pages::studies::StudyLog
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies/:study/versions")
                        view=pages::studies::StudyVersions
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies/:study/versions/compare")
                        view=pages::studies::CompareVersions
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies/:study/review")
                        view=pages::studies::ReviewStudy
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/staff/studies")
                        view=pages::studies::ReviewQueue
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies/:study")
                        view=pages::studies::StudyDetail
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies/:study/responses")
                        view=pages::labs::Responses
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies/:study/people")
                        view=pages::labs::StudyPeople
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/studies/:study/audit")
                        view=pages::audit::StudyAudit
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/exp/labs") view=pages::labs::Labs ssr=SsrMode::Async />
                    <Route
                        path=path!("/exp/labs/create")
                        view=pages::labs::CreateLab
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/labs/:lab")
                        view=pages::labs::LabDetail
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/labs/:lab/edit")
                        view=pages::labs::EditLab
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/labs/:lab/members")
                        view=pages::labs::LabMembers
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/participants")
                        view=pages::participants::Participants
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/participants/:account")
                        view=pages::participants::Participant
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/staff/accounts")
                        view=pages::accounts::StaffAccounts
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/staff/accounts/:account")
                        view=pages::accounts::StaffAccount
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/staff/audit")
                        view=pages::audit::SiteAudit
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/dev/outbox")
                        view=pages::messages::Outbox
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/dev/outbox/:file")
                        view=pages::messages::OutboxLetter
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/exp/responses/:response")
                        view=pages::labs::ResponseDetail
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/dev/style") view=pages::style::Style ssr=SsrMode::Async />
                </Routes>
            </main>
            <BottomBar />
        </Router>
    }
}
