//! Pictures that people send for labs and studies: encoded afresh, then kept by their content.

use adapters::pictures::Picture;
use domain::Violations;

use crate::context::Context;
use crate::error::Error;

/// Encodes the picture of a form's field afresh, no larger than `most` pixels, stores it and
/// returns its name. `check` is given width and height in pixels.
pub(crate) async fn keep(
    ctx: &Context,
    field: &'static str,
    file: Vec<u8>,
    most: (u32, u32),
    check: impl FnOnce(u32, u32) -> Result<(), Violations> + Send + 'static,
) -> Result<String, Error> {
    if file.is_empty() {
        return Err(Error::field(
            field,
            "required",
            "Please choose a picture first.",
        ));
    }
    let work = move || -> Result<Vec<u8>, Error> {
        let refused = |error: adapters::pictures::PictureError| {
            Error::field(field, "picture", error.advice())
        };
        let picture = Picture::read(&file).map_err(refused)?;
        let (width, height) = picture.size();
        check(width, height)?;
        picture.encode(most.0, most.1).map_err(refused)
    };
    let encoded = ctx.pools.pictures.run(work).await??;
    Ok(ctx.storage.store_picture(encoded).await?)
}
