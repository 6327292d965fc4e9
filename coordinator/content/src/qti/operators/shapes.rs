//! Shapes in an image, and whether a point lies in them. Borders belong to the shape.

use serde::{Deserialize, Serialize};

use super::{Operator, Reading};
use crate::qti::{
    compile::Tag,
    fault::{Fault, Problem, excerpt},
    real::Real,
    value::{Scalar, Value},
};

/// Corners of one polygon.
const CORNERS_MAX: usize = 500;

/// A region of an image, in its own coordinates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// Everywhere.
    Default,
    /// Left, top, right, bottom.
    Rect([Real; 4]),
    /// Centre x, centre y, radius.
    Circle([Real; 3]),
    /// Centre x, centre y, radius across, radius down.
    Ellipse([Real; 4]),
    /// Corners in their order.
    Poly(Vec<(Real, Real)>),
}

pub(super) fn read(tag: Tag<'_>) -> Result<Option<Reading<'_>>, Fault> {
    if tag.name() != "inside" {
        return Ok(None);
    }
    Ok(Some(Reading::plain(Operator::Inside(of(tag)?), 1..=1)))
}

/// The shape that the attributes of an element describe.
pub(crate) fn of(tag: Tag<'_>) -> Result<Shape, Fault> {
    let shape = tag.required("shape")?;
    let coordinates = tag.attribute("coords").unwrap_or_default();
    Shape::read(shape, coordinates)
        .ok_or_else(|| Problem::BadCoordinates(excerpt(coordinates)).at(tag.line()))
}

impl Shape {
    /// The shape of this name with these coordinates.
    pub fn read(name: &str, coordinates: &str) -> Option<Self> {
        let numbers: Vec<Real> = coordinates
            .split([',', ' '])
            .filter(|part| !part.is_empty())
            .take(2 * CORNERS_MAX + 1)
            .map(Real::parse)
            .collect::<Option<_>>()?;
        match name {
            "default" => Some(Self::Default),
            "rect" => Some(Self::Rect(numbers.try_into().ok()?)),
            "circle" => Some(Self::Circle(numbers.try_into().ok()?)),
            "ellipse" => Some(Self::Ellipse(numbers.try_into().ok()?)),
            "poly" => {
                let (pairs, rest) = numbers.as_chunks::<2>();
                let fits = rest.is_empty() && (3..=CORNERS_MAX).contains(&pairs.len());
                fits.then(|| Self::Poly(pairs.iter().map(|[x, y]| (*x, *y)).collect()))
            }
            _ => None,
        }
    }

    /// Its corners; four for a shape without.
    pub(crate) fn corners(&self) -> usize {
        match self {
            Self::Poly(corners) => corners.len(),
            Self::Default | Self::Rect(_) | Self::Circle(_) | Self::Ellipse(_) => 4,
        }
    }

    /// Whether the point lies in it.
    pub fn holds(&self, x: Real, y: Real) -> bool {
        match self {
            Self::Default => true,
            Self::Rect([left, top, right, bottom]) => {
                let between =
                    |low: Real, high: Real, value: Real| value >= low.min(high) && value <= low.max(high);
                between(*left, *right, x) && between(*top, *bottom, y)
            }
            Self::Circle([centre_x, centre_y, radius]) => {
                in_ellipse((*centre_x, *centre_y), (*radius, *radius), (x, y)).unwrap_or(false)
            }
            Self::Ellipse([centre_x, centre_y, across, down]) => {
                in_ellipse((*centre_x, *centre_y), (*across, *down), (x, y)).unwrap_or(false)
            }
            Self::Poly(corners) => in_polygon(corners, (x, y)),
        }
    }

    /// Of one point: whether it lies in it; of several: whether any does.
    pub(super) fn apply(&self, values: &[Value]) -> Value {
        let Some(value) = values.first().filter(|value| !value.is_null()) else {
            return Value::Null;
        };
        let mut holds = false;
        for member in value.members() {
            let Scalar::Point(x, y) = member else {
                return Value::Null;
            };
            holds |= self.holds(*x, *y);
        }
        Value::boolean(holds)
    }
}

/// (dx·b)² + (dy·a)² ≤ (a·b)²: exact for decimals, since nothing is divided.
fn in_ellipse(centre: (Real, Real), radii: (Real, Real), point: (Real, Real)) -> Option<bool> {
    let square = |value: Real| value.multiply(value);
    let across = square(point.0.subtract(centre.0)?.multiply(radii.1)?)?;
    let down = square(point.1.subtract(centre.1)?.multiply(radii.0)?)?;
    Some(across.add(down)? <= square(radii.0.multiply(radii.1)?)?)
}

fn in_polygon(corners: &[(Real, Real)], point: (Real, Real)) -> bool {
    let (x, y) = (point.0.to_f64(), point.1.to_f64());
    let corners: Vec<(f64, f64)> = corners.iter().map(|(x, y)| (x.to_f64(), y.to_f64())).collect();
    let ends = corners.iter().cycle().skip(1);
    let mut inside = false;
    for ((from_x, from_y), (to_x, to_y)) in corners.iter().zip(ends) {
        // Twice the area of the triangle with the point: zero on the line through the side.
        let turn = (to_x - from_x) * (y - from_y) - (to_y - from_y) * (x - from_x);
        let within = x >= from_x.min(*to_x)
            && x <= from_x.max(*to_x)
            && y >= from_y.min(*to_y)
            && y <= from_y.max(*to_y);
        if turn == 0.0 && within {
            return true;
        }
        if (*from_y > y) != (*to_y > y) && (turn > 0.0) == (to_y > from_y) {
            inside = !inside;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(name: &str, coordinates: &str, x: &str, y: &str) -> bool {
        let number = |text| Real::parse(text).unwrap();
        Shape::read(name, coordinates)
            .unwrap()
            .holds(number(x), number(y))
    }

    #[test]
    fn borders_belong_to_the_shape() {
        assert!(holds("rect", "0,0,10,20", "10", "20") && !holds("rect", "0,0,10,20", "10.01", "20"));
        assert!(holds("circle", "75,75,10", "75", "85") && !holds("circle", "75,75,10", "75", "85.001"));
        assert!(holds("ellipse", "0,0,2,1", "2", "0") && !holds("ellipse", "0,0,2,1", "0", "1.5"));
        assert!(holds("poly", "0,0,10,0,0,10", "5", "5") && !holds("poly", "0,0,10,0,0,10", "6", "5"));
        assert!(holds("default", "", "1000", "-5"));
    }

    #[test]
    fn coordinates_that_do_not_fit_are_refused() {
        for (name, coordinates) in [
            ("rect", "1,2,3"),
            ("circle", "1,2"),
            ("poly", "1,2,3,4"),
            ("poly", "1,2,3,4,5,6,7"),
            ("star", "1"),
            ("rect", "a,b,c,d"),
        ] {
            assert_eq!(Shape::read(name, coordinates), None, "{name} {coordinates}");
        }
    }

    proptest! {
        #[test]
        fn a_polygon_of_a_rectangle_holds_what_the_rectangle_holds(x in -5i64..15, y in -5i64..25) {
            let (x, y) = (Real::from(x), Real::from(y));
            let rect = Shape::read("rect", "0,0,10,20").unwrap();
            let poly = Shape::read("poly", "0,0 10,0 10,20 0,20").unwrap();
            prop_assert_eq!(rect.holds(x, y), poly.holds(x, y));
        }
    }
}
