//! The pages and their addresses.

use leptos::prelude::*;
use leptos::tachys::view::iterators::StaticVec;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute};
use leptos_router::components::{RouteChildren, Router, Routes};
use leptos_router::{ChooseView, NestedRoute, PossibleRouteMatch, SsrMode, path};

use crate::bars::{BottomBar, TopBar};
use crate::error::AppError;
use crate::pages::{
    accounts, audit, families, home, labs, messages, participants, responses, studies, style,
};
use crate::parts::escaped;
use crate::request::page;

/// The site. It is also run once at the start, without a request, to list its routes: nothing may
/// be expected here.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let title = |title: String| match title.as_str() {
        "" => "Lookit".to_owned(),
        title => format!("{} \u{00b7} Lookit", escaped(title)),
    };
    view! {
        <Title formatter=title />
        <Router>
            <TopBar />
            <main id="main" tabindex="-1">
                <Routes
                    fallback=|| page(async { Err(AppError::NotFound) })
                    children=RouteChildren::to_children(routes)
                />
            </main>
            <BottomBar />
        </Router>
    }
}

fn routes() -> StaticVec<AnyNestedRoute> {
    [
        vec![route(path!("/"), home::Home)],
        account_pages(),
        family_pages(),
        lab_pages(),
        study_pages(),
        staff_pages(),
        developer_pages(),
    ]
    .concat()
    .into()
}

/// Every page is awaited before it is sent, so that it may still choose its status.
fn route<Segments, View>(path: Segments, view: View) -> AnyNestedRoute
where
    Segments: PossibleRouteMatch + Clone + Send + 'static,
    View: ChooseView + Clone + 'static,
{
    NestedRoute::new(path, view)
        .ssr_mode(SsrMode::Async)
        .into_any_nested_route()
}

fn account_pages() -> Vec<AnyNestedRoute> {
    use accounts::{
        Account, Emails, FollowLink, ForgotPassword, GiveFactor, MyData, RecoveryCodes, Security,
        SetUpApp, Settings, SignIn, SignUp, SignUpCode, SignUpResearcher, Tokens,
    };
    vec![
        route(path!("/signup"), SignUp),
        route(path!("/signup/researcher"), SignUpResearcher),
        route(path!("/signup/code/:pending"), SignUpCode),
        route(path!("/forgot-password"), ForgotPassword),
        route(path!("/link/:token"), FollowLink),
        route(path!("/second-factor"), GiveFactor),
        route(path!("/login"), SignIn),
        route(path!("/account"), Account),
        route(path!("/account/settings"), Settings),
        route(path!("/account/email"), Emails),
        route(path!("/account/security"), Security),
        route(path!("/account/security/app"), SetUpApp),
        route(path!("/account/security/recovery-codes"), RecoveryCodes),
        route(path!("/account/tokens"), Tokens),
        route(path!("/account/leave"), MyData),
    ]
}

fn family_pages() -> Vec<AnyNestedRoute> {
    use families::{AddChild, Children, DeleteChild, EditChild, Household};
    vec![
        route(path!("/account/children"), Children),
        route(path!("/account/children/add"), AddChild),
        route(path!("/account/children/:child"), EditChild),
        route(path!("/account/children/:child/delete"), DeleteChild),
        route(path!("/account/demographics"), Household),
        route(path!("/studies"), studies::FindStudy),
        route(path!("/studies/history"), responses::History),
        route(path!("/studies/leave"), studies::LeaveForStudy),
        route(path!("/studies/:study"), studies::Study),
    ]
}

fn lab_pages() -> Vec<AnyNestedRoute> {
    use labs::{CreateLab, EditLab, Lab, LabMembers, Labs};
    vec![
        route(path!("/exp/labs"), Labs),
        route(path!("/exp/labs/create"), CreateLab),
        route(path!("/exp/labs/:lab"), Lab),
        route(path!("/exp/labs/:lab/edit"), EditLab),
        route(path!("/exp/labs/:lab/members"), LabMembers),
    ]
}

fn study_pages() -> Vec<AnyNestedRoute> {
    use studies::desk::{
        CompareVersions, CreateStudy, EditAd, EditDesign, Overview, ReviewStudy, Studies, StudyLog,
        StudyPeople, StudyVersions,
    };
    vec![
        route(path!("/exp/studies"), Studies),
        route(path!("/exp/studies/create"), CreateStudy),
        route(path!("/exp/studies/:study"), Overview),
        route(path!("/exp/studies/:study/edit"), EditAd),
        route(path!("/exp/studies/:study/design"), EditDesign),
        route(path!("/exp/studies/:study/log"), StudyLog),
        route(path!("/exp/studies/:study/versions"), StudyVersions),
        route(
            path!("/exp/studies/:study/versions/compare"),
            CompareVersions,
        ),
        route(path!("/exp/studies/:study/review"), ReviewStudy),
        route(path!("/exp/studies/:study/people"), StudyPeople),
        route(path!("/exp/studies/:study/audit"), audit::StudyAudit),
        route(path!("/exp/studies/:study/responses"), responses::Responses),
        route(path!("/exp/responses/:response"), responses::Response),
        route(path!("/exp/participants"), participants::Participants),
        route(
            path!("/exp/participants/:account"),
            participants::Participant,
        ),
    ]
}

fn staff_pages() -> Vec<AnyNestedRoute> {
    use accounts::staff::{StaffAccount, StaffAccounts};
    vec![
        route(path!("/staff/accounts"), StaffAccounts),
        route(path!("/staff/accounts/:account"), StaffAccount),
        route(path!("/staff/studies"), studies::desk::ReviewQueue),
        route(path!("/staff/audit"), audit::SiteAudit),
    ]
}

/// Not found on a real site.
fn developer_pages() -> Vec<AnyNestedRoute> {
    vec![
        route(path!("/dev/outbox"), messages::Outbox),
        route(path!("/dev/outbox/:file"), messages::OutboxEmail),
        route(path!("/dev/style"), style::Style),
    ]
}
