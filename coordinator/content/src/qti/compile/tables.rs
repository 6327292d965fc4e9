//! Tables inside declarations: `mapping`, `areaMapping`, `matchTable`, `interpolationTable`.

use super::{Compiler, Tag, declarations::literal_of};
use crate::{
    qti::{
        fault::{Fault, Problem},
        mapping::{AreaMapping, Bounds, ENTRIES_MAX, MapEntry, Mapping, Table},
        operators::shape_of,
        program::Variable,
        real::Real,
        value::{BaseType, Value},
    },
    xml::Element,
};

impl Compiler {
    pub(super) fn tables_of(&mut self, declaration: &Element, variable: &mut Variable) -> Result<(), Fault> {
        if let (Some(element), Some(base)) = (declaration.first("mapping"), variable.base) {
            variable.mapping = Some(self.mapping(element, base)?);
        }
        if let Some(element) = declaration.first("areaMapping") {
            variable.areas = Some(area_mapping(element)?);
        }
        variable.table = table(declaration, variable.base)?;
        Ok(())
    }

    fn mapping(&mut self, element: &Element, base: BaseType) -> Result<Mapping, Fault> {
        let tag = Tag(element);
        // QTI 3.0 changed the default from true to false.
        let case_sensitive = tag.flag("caseSensitive", !self.is_version_3)?;
        let mut entries = Vec::new();
        for entry in entries_of(element, "mapEntry")? {
            let tag = Tag(entry);
            let key = tag
                .attribute("mapKey")
                .ok_or_else(|| tag.bad("mapKey", "", "given"))?;
            let Some(key) = literal_of(base, key, tag.line())? else {
                // Some files map the empty text; a response that is empty is NULL and never reaches an entry.
                self.remark(
                    tag.line(),
                    "an empty mapKey never matches: an empty response is NULL",
                );
                continue;
            };
            entries.push(MapEntry {
                key,
                worth: required_real(tag, "mappedValue")?,
                case_sensitive: tag.flag("caseSensitive", case_sensitive)?,
            });
        }
        Ok(Mapping {
            entries,
            default: tag.real("defaultValue")?.unwrap_or(Real::ZERO),
            bounds: bounds(tag)?,
        })
    }
}

fn area_mapping(element: &Element) -> Result<AreaMapping, Fault> {
    let tag = Tag(element);
    let mut entries = Vec::new();
    for entry in entries_of(element, "areaMapEntry")? {
        let tag = Tag(entry);
        entries.push((shape_of(tag)?, required_real(tag, "mappedValue")?));
    }
    Ok(AreaMapping {
        entries,
        default: tag.real("defaultValue")?.unwrap_or(Real::ZERO),
        bounds: bounds(tag)?,
    })
}

/// The `matchTable` or `interpolationTable` inside; targets of this type, or of the type that they look like.
pub(super) fn table(parent: &Element, base: Option<BaseType>) -> Result<Option<Table>, Fault> {
    if let Some(element) = parent.first("matchTable") {
        let mut entries = Vec::new();
        for entry in entries_of(element, "matchTableEntry")? {
            let tag = Tag(entry);
            let source = tag.required("sourceValue")?;
            let source = source
                .parse()
                .map_err(|_| tag.bad("sourceValue", source, "a whole number"))?;
            entries.push((source, target(tag, "targetValue", base)?));
        }
        let default = target(Tag(element), "defaultValue", base)?;
        return Ok(Some(Table::Match { entries, default }));
    }
    let Some(element) = parent.first("interpolationTable") else {
        return Ok(None);
    };
    let mut entries = Vec::new();
    for entry in entries_of(element, "interpolationTableEntry")? {
        let tag = Tag(entry);
        let included = tag.flag("includeBoundary", true)?;
        entries.push((
            required_real(tag, "sourceValue")?,
            included,
            target(tag, "targetValue", base)?,
        ));
    }
    let default = target(Tag(element), "defaultValue", base)?;
    Ok(Some(Table::Interpolation { entries, default }))
}

fn target(tag: Tag<'_>, attribute: &str, base: Option<BaseType>) -> Result<Value, Fault> {
    let Some(text) = tag.attribute(attribute) else {
        return Ok(Value::Null);
    };
    let base = base.unwrap_or(match Real::parse(text) {
        Some(_) => BaseType::Float,
        None => BaseType::String,
    });
    Ok(literal_of(base, text, tag.line())?.map_or(Value::Null, Value::One))
}

fn entries_of<'a>(element: &'a Element, name: &'a str) -> Result<impl Iterator<Item = &'a Element>, Fault> {
    if element.elements_named(name).count() > ENTRIES_MAX {
        let (what, max) = ("entries of one table", ENTRIES_MAX);
        return Err(Problem::TooMany { what, max }.at(element.line));
    }
    Ok(element.elements_named(name))
}

fn bounds(tag: Tag<'_>) -> Result<Bounds, Fault> {
    Ok(Bounds {
        lower: tag.real("lowerBound")?,
        upper: tag.real("upperBound")?,
    })
}

fn required_real(tag: Tag<'_>, attribute: &'static str) -> Result<Real, Fault> {
    tag.required(attribute)?;
    tag.real(attribute)?
        .ok_or_else(|| tag.bad(attribute, "", "a number"))
}
