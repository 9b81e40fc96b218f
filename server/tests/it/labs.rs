use http::StatusCode;
use http::header::{CONTENT_TYPE, COOKIE, HOST};
use macro_rules_attribute::apply;
use services::demo::{FAMILY, RESEARCHER};

use crate::support::{SITE, after, on_a_site};

#[apply(on_a_site!)]
async fn a_lab_gets_a_picture_and_a_page_for_families(site: TestSite) {
    let researcher = site.sign_in(RESEARCHER).await;
    let page = site.get("/studies/demo", "").await;
    assert!(
        page.status == StatusCode::OK
            && page.body.contains("Demo Lab for Small Questions")
            && page.body.contains("The snack machine puzzle")
    );
    assert_eq!(
        site.get("/studies/no-such-lab", "").await.status,
        StatusCode::NOT_FOUND
    );
    let labs = site.get("/exp/labs", &researcher).await.body;
    let lab = labs
        .split("/exp/labs/")
        .filter_map(|rest| rest.split('"').next())
        .find(|id| id.len() == 36 && labs.contains(&format!("{id}\">Demo Lab")))
        .unwrap()
        .to_owned();
    let upload = async |cookie: &str, field: &str, file: &[u8]| {
        let head = format!(
            "--x\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a.png\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        let mut body = head.into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let request = http::Request::post(format!("/exp/labs/{lab}/pictures/{field}"))
            .header(HOST, SITE)
            .header(COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "multipart/form-data; boundary=x");
        site.send(request.body(body.into()).unwrap()).await
    };
    let png = {
        let mut file = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_luma8(64, 64)
            .write_to(&mut file, image::ImageFormat::Png)
            .unwrap();
        file.into_inner()
    };
    assert!(
        upload(&researcher, "banner", &png)
            .await
            .body
            .contains("at least twice as wide")
    );
    assert!(
        upload(&researcher, "badge", b"<svg/>")
            .await
            .body
            .contains("PNG, JPEG or WebP")
    );
    assert_eq!(
        upload(&researcher, "badge", &vec![0; 6 << 20]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        upload(&researcher, "badge", &png).await.status,
        StatusCode::SEE_OTHER
    );
    let shown = site.get("/studies/demo", "").await.body;
    let picture = site
        .get(
            &format!("/pictures/{}", after(&shown, "src=\"/pictures/")),
            "",
        )
        .await;
    assert_eq!(
        (
            picture.status,
            picture.header("content-type"),
            picture.header("x-content-type-options")
        ),
        (StatusCode::OK, "image/png", "nosniff")
    );
    let family = site.sign_in(FAMILY).await;
    assert_eq!(
        upload(&family, "badge", &png).await.status,
        StatusCode::FORBIDDEN
    );
}
