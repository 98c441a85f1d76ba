package template

import (
	"strconv"
	"strings"
)

// num is a decimal number: v counts units of its last decimal.
type num struct {
	v        int64
	decimals int
}

// Bounds of a num: sums of two, and steps of a walk, stay within an int64.
const (
	maxDecimals = 9
	maxUnits    = 4_000_000_000_000_000_000
)

// parseNum reads a JSON number. Decimals beyond the ninth are cut off; a number
// that is too long even so is none.
func parseNum(text string) (n num, ok bool) {
	if strings.ContainsAny(text, "eE") {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return num{}, false
		}
		text = strconv.FormatFloat(f, 'f', -1, 64)
	}
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = fraction[:min(len(fraction), maxDecimals)]
	v, err := strconv.ParseInt(whole+fraction, 10, 64)
	return num{v, len(fraction)}, err == nil && -maxUnits <= v && v <= maxUnits
}

// to returns the same number with more decimals.
func (n num) to(decimals int) (num, bool) {
	by := pow10(decimals - n.decimals)
	if n.v > maxUnits/by || n.v < -maxUnits/by {
		return num{}, false
	}
	return num{n.v * by, decimals}, true
}

// plus returns a + sign·b, with as many decimals as the longer of them.
func (n num) plus(sign int64, b num) (num, bool) {
	decimals := max(n.decimals, b.decimals)
	n, ok := n.to(decimals)
	b, ok2 := b.to(decimals)
	sum := n.v + sign*b.v
	return num{sum, decimals}, ok && ok2 && -maxUnits <= sum && sum <= maxUnits
}

func (n num) append(to []byte) []byte {
	v := n.v
	if v < 0 {
		to, v = append(to, '-'), -v
	}
	unit := pow10(n.decimals)
	to = strconv.AppendInt(to, v/unit, 10)
	if n.decimals == 0 {
		return to
	}
	to = append(to, '.')
	rest := v % unit
	for unit /= 10; unit > 1 && rest < unit; unit /= 10 {
		to = append(to, '0')
	}
	return strconv.AppendInt(to, rest, 10)
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}
