package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// sizeUnits are what a size may be written in, the largest first, and how many
// bytes each is. A size is shown in the binary ones.
func sizeUnits() []sizeUnit {
	return []sizeUnit{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1}}
}

type sizeUnit struct {
	name  string
	bytes int64
}

var sizePattern = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)$`)

// bytesOf reads a size such as "64 MiB", "1.5 GB" or "4096".
func bytesOf(text string) (int64, bool) {
	found := sizePattern.FindStringSubmatch(strings.TrimSpace(text))
	if found == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		return 0, false
	}
	for _, u := range sizeUnits() {
		if bytes := n * float64(u.bytes); (strings.EqualFold(found[2], u.name) || found[2] == "" && u.bytes == 1) && bytes < math.MaxInt64 {
			return int64(math.Round(bytes)), true
		}
	}
	return 0, false
}

// sizeText writes bytes as bytesOf reads them, in the largest binary unit that
// has no remainder; what has none is a plain number of bytes.
func sizeText(bytes int64) string {
	for _, u := range sizeUnits()[:4] {
		if bytes >= u.bytes && bytes%u.bytes == 0 {
			return fmt.Sprintf("%d %s", bytes/u.bytes, u.name)
		}
	}
	return strconv.FormatInt(bytes, 10)
}

// size is a number of bytes, written with its unit or without.
func size[T int | int64]() kind[T] {
	return kind[T]{
		want: `a size such as "64 MiB", or a whole number of bytes`,
		read: func(v any) (T, bool) {
			n, ok := v.(int64)
			if text, isText := v.(string); isText {
				n, ok = bytesOf(text)
			}
			return T(n), ok && int64(T(n)) == n
		},
		write: func(v T) any {
			if text := sizeText(int64(v)); strings.Contains(text, " ") {
				return text
			}
			return int64(v)
		},
	}
}

func sizeBetween[T int | int64](least, most T) kind[T] {
	k := size[T]()
	k.want += fmt.Sprintf(", %s to %s", sizeText(int64(least)), sizeText(int64(most)))
	k.fits = func(v T) bool { return least <= v && v <= most }
	return k
}

// memory is none, or enough for a hub that has something to do.
func memory() kind[int64] {
	const least = 64 << 20
	k := size[int64]()
	k.want = fmt.Sprintf("0, or %s, from %s", k.want, sizeText(least))
	k.fits = func(v int64) bool { return v == 0 || v >= least }
	return k
}
