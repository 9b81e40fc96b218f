//! Signing up, in and out, second factors, and links in emails.

use http::StatusCode;
use macro_rules_attribute::apply;
use services::demo::{FAMILY, RESEARCHER};

use crate::support::{between, on_a_site};

const PASSWORD: &str = "lanterns hum past midnight";

#[apply(on_a_site!)]
async fn a_researcher_signs_up_and_sets_up_an_app(site: TestSite) {
    let form = [
        ("email", "new@example.org"),
        ("given_name", "New"),
        ("family_name", "Person"),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ];
    let signed_up = site.sign_up("/signup/researcher", &form).await;
    assert_eq!(signed_up.location(), "/second-factor?next=%2Fexp%2Flabs");
    let cookie = signed_up.cookie();
    assert_eq!(
        site.get("/exp/labs", &cookie).await.location(),
        "/second-factor?next=%2Fexp%2Flabs"
    );
    assert!(
        site.get(signed_up.location(), &cookie)
            .await
            .body
            .contains("Use an app")
    );
    let next = ("next", "/exp/labs");
    let begun = site
        .post("/account/security/app/begin", &cookie, &[next])
        .await;
    assert_eq!(begun.location(), "/account/security/app?next=%2Fexp%2Flabs");
    let page = site.get(begun.location(), &cookie).await.body;
    assert!(page.contains("<svg"));
    let typed = between(&page, "id=\"totp-secret\">", "<").replace(' ', "");
    let phone = adapters::TotpSecret::from_bytes(
        data_encoding::BASE32_NOPAD
            .decode(typed.as_bytes())
            .unwrap(),
    );
    let give = async |code: &str| {
        let form = [("code", code), next];
        site.post("/account/security/app", &cookie, &form).await
    };
    let wrong = give("000000").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("<svg")
            && !wrong.body.contains("value=\"000000\"")
            && wrong.body.contains("value=\"/exp/labs\""),
        "the same picture, and the way on is kept"
    );
    let done = give(&phone.code_at(site.ctx.now()).unwrap()).await;
    assert_eq!(
        site.get("/account", &cookie).await.status,
        StatusCode::FOUND,
        "the session goes on under a new token"
    );
    let cookie = done.cookie();
    assert_eq!(
        (done.status, done.header("cache-control")),
        (StatusCode::OK, "no-store")
    );
    assert!(done.body.contains("Keep these codes") && done.body.contains("href=\"/exp/labs\""));
    assert!(
        site.get("/exp/labs", &cookie)
            .await
            .body
            .contains("Sandbox")
    );
    assert_eq!(
        site.get("/account/security/app", &cookie).await.status,
        StatusCode::CONFLICT,
        "the secret is not shown again"
    );
    assert_eq!(
        site.get("/account/security/recovery-codes", &cookie)
            .await
            .status,
        StatusCode::CONFLICT
    );
}

#[apply(on_a_site!)]
async fn the_way_on_after_a_factor_is_one_of_this_site(site: TestSite) {
    let half = site
        .post(
            "/login",
            "",
            &[
                ("email", RESEARCHER.email),
                ("password", RESEARCHER.password),
                ("next", "/exp/labs"),
            ],
        )
        .await;
    assert_eq!(half.location(), "/second-factor?next=%2Fexp%2Flabs");
    let cookie = half.cookie();
    let page = site
        .get("/second-factor?next=https%3A%2F%2Fevil.example", &cookie)
        .await
        .body;
    assert!(!page.contains("evil.example"));
    let code = between(&page, "id=\"demo-code\">", "<");
    let done = site
        .post(
            "/second-factor",
            &cookie,
            &[("code", code), ("next", "//evil.example")],
        )
        .await;
    assert_eq!(done.location(), "/");
    let family = site.sign_in(FAMILY).await;
    assert!(
        !site
            .get("/second-factor", &family)
            .await
            .body
            .contains("demo-code"),
        "who has no factor sees no code"
    );
}

#[apply(on_a_site!)]
async fn an_email_leads_to_a_new_password(site: TestSite) {
    for email in [FAMILY.email, "nobody@example.org"] {
        let asked = site.post("/forgot-password", "", &[("email", email)]).await;
        assert_eq!(
            (asked.status, asked.location()),
            (StatusCode::SEE_OTHER, "/forgot-password?done=sent"),
            "the same for everybody"
        );
    }
    let link = site.link(FAMILY.email).await;
    for _ in 0..2 {
        assert!(
            site.get(&link, "")
                .await
                .body
                .contains("Choose a new password"),
            "looking uses nothing up"
        );
    }
    let words = "several owls read maps";
    let short = site
        .post(
            &link,
            "",
            &[("password", "short"), ("password_again", "short")],
        )
        .await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = site
        .post(&link, "", &[("password", words), ("password_again", words)])
        .await;
    assert_eq!(done.location(), "/login?done=new-password");
    assert_eq!(site.get(&link, "").await.status, StatusCode::CONFLICT);
    assert_eq!(
        site.post(
            "/login",
            "",
            &[("email", FAMILY.email), ("password", words)]
        )
        .await
        .status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        site.get("/link/reset.nonsense", "").await.status,
        StatusCode::NOT_FOUND
    );
}

#[apply(on_a_site!)]
async fn sign_up_says_the_same_for_a_known_address(site: TestSite) {
    let sign_up = async |email: &str| {
        let form = [
            ("email", email),
            ("nickname", "X"),
            ("password", "three odd socks dancing"),
            ("password_again", "three odd socks dancing"),
            ("next", "/studies?child=1"),
        ];
        site.post("/signup", "", &form).await
    };
    let (new, known) = (
        sign_up("new@example.org").await,
        sign_up(FAMILY.email).await,
    );
    let mut pages = Vec::new();
    for (answer, email) in [(&new, "new@example.org"), (&known, FAMILY.email)] {
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.cookie(), "", "nobody is signed in");
        let (path, next) = answer.location().split_once('?').unwrap();
        assert_eq!(next, "next=%2Fstudies%3Fchild%3D1");
        let asked = site.get(answer.location(), "").await.body;
        assert!(asked.contains(email) && asked.contains("value=\"/studies?child=1\""));
        let wrong = site.post(path, "", &[("code", "12")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!wrong.body.contains("value=\"12\""));
        for page in [asked, wrong.body] {
            let code = between(&page, "id=\"sign-up-code\">", "<").to_owned();
            let page = between(&page, "<main", "</main>").replace(email, "X");
            pages.push(page.replace(&code, "000000").replace(path, "PATH"));
        }
    }
    assert_eq!((&pages[0], &pages[1]), (&pages[2], &pages[3]));
}

#[apply(on_a_site!)]
async fn the_page_for_the_code_of_no_sign_up_does_not_exist(site: TestSite) {
    let nothing = "/signup/code/00000000-0000-4000-8000-000000000000";
    for (path, status) in [
        ("/signup/code/x", StatusCode::NOT_FOUND),
        (nothing, StatusCode::CONFLICT),
    ] {
        assert_eq!(site.get(path, "").await.status, status, "{path}");
        let posted = site.post(path, "", &[("code", "123456")]).await;
        assert_eq!(posted.status, status, "{path}");
    }
}

#[apply(on_a_site!)]
async fn a_new_address_is_agreed_to_by_whoever_knows_the_password(site: TestSite) {
    let cookie = site.sign_in(FAMILY).await;
    let form = [
        ("new_email", "robins@example.org"),
        ("change_password", FAMILY.password),
    ];
    let asked = site.post("/account/address", &cookie, &form).await;
    assert_eq!(asked.location(), "/account/settings?done=address-asked");
    let link = site.link("robins@example.org").await;
    let field = "Password of the account";
    assert!(!site.get(&link, &cookie).await.body.contains(field));
    assert!(site.get(&link, "").await.body.contains(field));
    let refused = site.post(&link, "", &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("id=\"password-error\"") && refused.body.contains(field));
    let agreed = site.post(&link, "", &[("password", FAMILY.password)]).await;
    assert!(
        agreed
            .body
            .contains("As soon as the other address has agreed")
    );
}

#[apply(on_a_site!)]
async fn sign_in_leads_back_and_never_away(site: TestSite) {
    let asked = site.get("/account/children", "").await;
    assert_eq!(
        (asked.status, asked.location()),
        (StatusCode::FOUND, "/login?next=%2Faccount%2Fchildren")
    );
    let credentials = [("email", FAMILY.email), ("password", FAMILY.password)];
    let with = async |next: &str| {
        site.post(
            "/login",
            "",
            &[credentials[0], credentials[1], ("next", next)],
        )
        .await
        .location()
        .to_owned()
    };
    assert_eq!(with("/account/children").await, "/account/children");
    assert_eq!(with("https://evil.example").await, "/studies");
    assert_eq!(with("//evil.example").await, "/studies");
    let wrong = site
        .post(
            "/login",
            "",
            &[("email", FAMILY.email), ("password", "wrong")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("don&#x27;t belong together")
            || wrong.body.contains("don't belong together")
    );
    for _ in 0..8 {
        site.post(
            "/login",
            "",
            &[("email", FAMILY.email), ("password", "wrong")],
        )
        .await;
    }
    let blocked = site.post("/login", "", &credentials).await;
    assert_eq!(blocked.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(blocked.body.contains("15 minutes"));
}

#[apply(on_a_site!)]
async fn signing_out_ends_the_session(site: TestSite) {
    let (one, two) = (site.sign_in(FAMILY).await, site.sign_in(FAMILY).await);
    assert_eq!(
        site.post("/logout", &one, &[]).await.location(),
        "/login?done=signed-out"
    );
    assert_eq!(site.get("/account", &one).await.status, StatusCode::FOUND);
    assert_eq!(site.get("/account", &two).await.status, StatusCode::OK);
    site.post("/account/sign-out-everywhere", &two, &[]).await;
    assert_eq!(site.get("/account", &two).await.status, StatusCode::FOUND);
}

#[apply(on_a_site!)]
async fn half_a_session_sees_no_more_than_a_visitor(site: TestSite) {
    use entities::account;
    use sea_orm::sea_query::Expr;
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    let family = site
        .post(
            "/login",
            "",
            &[("email", FAMILY.email), ("password", FAMILY.password)],
        )
        .await
        .cookie();
    let moon = site.study_path("The cat who wanted the moon").await;
    assert!(site.get(&moon, &family).await.body.contains("Robin"));
    // Another browser of the family has added a factor since.
    account::Entity::update_many()
        .col_expr(account::Column::HasSecondFactor, Expr::value(true))
        .filter(account::Column::Email.eq(FAMILY.email))
        .exec(&site.db)
        .await
        .unwrap();
    for path in ["/", "/studies", "/studies?search=nothing-like-it", &moon] {
        assert!(
            !site.get(path, &family).await.body.contains("Robin"),
            "{path}"
        );
    }
    assert_eq!(
        site.get("/account/children", &family).await.location(),
        "/second-factor?next=%2Faccount%2Fchildren"
    );
}

#[apply(on_a_site!)]
async fn a_family_takes_a_copy_of_its_data(site: TestSite) {
    let family = site.sign_in(FAMILY).await;
    let wrong = [("copy_password", "wrong words")];
    let refused = site.post("/account/copy", &family, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("This is not your current password.")
            && refused.body.matches("id=\"faults\"").count() == 1
            && !refused.body.contains("wrong words")
    );
    let right = [("copy_password", FAMILY.password)];
    let file = site.post("/account/copy", &family, &right).await;
    assert_eq!(
        (
            file.status,
            file.header("content-type"),
            file.header("cache-control"),
            file.header("content-disposition")
        ),
        (
            StatusCode::OK,
            "application/json; charset=utf-8",
            "no-store",
            "attachment; filename=\"lookit-my-data-2026-11-24.json\"; \
             filename*=UTF-8''lookit-my-data-2026-11-24.json"
        )
    );
    let copy: serde_json::Value = serde_json::from_str(&file.body).unwrap();
    assert_eq!(copy["account"]["email"], FAMILY.email);
    assert!(!copy["children"].as_array().unwrap().is_empty());
}
