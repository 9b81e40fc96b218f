use domain::labs::LabId;
use http::StatusCode;
use http::header::{CONTENT_TYPE, COOKIE, HOST};
use macro_rules_attribute::apply;
use services::demo::{FAMILY, RESEARCHER};

use crate::support::{Answer, SITE, TestSite, after, on_a_site};

#[apply(on_a_site!)]
async fn families_have_a_page_of_each_lab(site: TestSite) {
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
}

/// Posts a file as the picture of a lab that `field` names.
async fn upload(site: &TestSite, cookie: &str, lab: LabId, field: &str, file: &[u8]) -> Answer {
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
}

/// A square picture.
fn png() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_luma8(64, 64)
        .write_to(&mut file, image::ImageFormat::Png)
        .unwrap();
    file.into_inner()
}

#[apply(on_a_site!)]
async fn a_lab_gets_a_picture(site: TestSite) {
    let researcher = site.sign_in(RESEARCHER).await;
    let lab = site.study("The snack machine puzzle").await.lab_id;
    for (field, file, status, words) in [
        ("banner", png(), 422, "at least twice as wide"),
        ("badge", b"<svg/>".to_vec(), 422, "PNG, JPEG or WebP"),
        ("badge", vec![0; 6 << 20], 422, "larger than 4 MB"),
        ("badge", png(), 303, ""),
    ] {
        let answer = upload(&site, &researcher, lab, field, &file).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    let shown = site.get("/studies/demo", "").await.body;
    let picture = format!("/pictures/{}", after(&shown, "src=\"/pictures/"));
    let picture = site.get(&picture, "").await;
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
        upload(&site, &family, lab, "badge", &png()).await.status,
        StatusCode::FORBIDDEN
    );
}
