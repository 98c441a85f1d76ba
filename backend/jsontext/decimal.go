package jsontext

import (
	"bytes"
	"cmp"
)

// Decimal is a number as JSON writes it, taken apart so that two can be compared
// exactly, however many digits they have: sign × 0.d₁d₂d₃… × 10^point.
type Decimal struct {
	sign   int
	point  int
	digits []byte // from the first that is not 0 on, maybe with the decimal point among them
}

// mostExponent is beyond all numbers in use; with greater ones the sums below could
// overflow.
const mostExponent = 1 << 30

// ParseDecimal reads text that is a JSON number and nothing else.
func ParseDecimal(text []byte) (d Decimal, ok bool) {
	d.sign = 1
	at := 0
	if len(text) > 0 && text[0] == '-' {
		d.sign, at = -1, 1
	}
	whole := digitsFrom(text, at)
	if whole == at || whole > at+1 && text[at] == '0' {
		return d, false
	}
	end := whole
	if end < len(text) && text[end] == '.' {
		if end = digitsFrom(text, whole+1); end == whole+1 {
			return d, false
		}
	}
	d.digits, d.point = text[at:end], whole-at
	for len(d.digits) > 0 && (d.digits[0] == '0' || d.digits[0] == '.') {
		if d.digits[0] == '0' {
			d.point-- // of 0.05: 1, then 0, then −1
		}
		d.digits = d.digits[1:]
	}
	exponent, ok := readExponent(text[end:])
	if !ok {
		return d, false
	}
	if d.point += exponent; len(d.digits) == 0 {
		d.sign, d.point = 0, 0
	}
	return d, true
}

func digitsFrom(text []byte, at int) int {
	for at < len(text) && '0' <= text[at] && text[at] <= '9' {
		at++
	}
	return at
}

// readExponent reads what follows the digits of a number; nothing is 0.
func readExponent(text []byte) (n int, ok bool) {
	if len(text) == 0 {
		return 0, true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return 0, false
	}
	sign := 1
	text = text[1:]
	if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	if len(text) == 0 || digitsFrom(text, 0) < len(text) {
		return 0, false
	}
	for _, c := range text {
		n = min(10*n+int(c-'0'), mostExponent)
	}
	return sign * n, true
}

// Compare returns −1, 0 or 1 as d is less than e, equal, or more.
func (d Decimal) Compare(e Decimal) int {
	if d.sign != e.sign || d.sign == 0 {
		return cmp.Compare(d.sign, e.sign)
	}
	order := cmp.Compare(d.point, e.point)
	if order == 0 {
		order = compareDigits(d.digits, e.digits)
	}
	return d.sign * order
}

// compareDigits compares digits behind a decimal point, passing over the point
// that may stand among them.
func compareDigits(a, b []byte) int {
	for len(a) > 0 || len(b) > 0 {
		var x, y byte
		x, a = nextDigit(a)
		y, b = nextDigit(b)
		if x != y {
			return cmp.Compare(x, y)
		}
	}
	return 0
}

// nextDigit takes a digit off; behind the last come zeros.
func nextDigit(digits []byte) (byte, []byte) {
	digits = bytes.TrimPrefix(digits, []byte{'.'})
	if len(digits) == 0 {
		return '0', nil
	}
	return digits[0], digits[1:]
}
