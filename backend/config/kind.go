package config

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind is how one sort of value stands in the file, and which values fit.
type kind[T any] struct {
	want  string // what to write, for a person
	read  func(any) (T, bool)
	write func(T) any
	fits  func(T) bool // nil: all do
}

func plain[T any](want string) kind[T] {
	return kind[T]{
		want:  want,
		read:  func(v any) (T, bool) { t, ok := v.(T); return t, ok },
		write: func(v T) any { return v },
	}
}

func yesNo() kind[bool] { return plain[bool]("true or false") }

func text[T ~string](want string) kind[T] {
	return kind[T]{
		want:  want,
		read:  func(v any) (T, bool) { s, ok := v.(string); return T(s), ok },
		write: func(v T) any { return string(v) },
	}
}

func choice[T ~string](options ...T) kind[T] {
	quoted := make([]string, len(options))
	for i, o := range options {
		quoted[i] = strconv.Quote(string(o))
	}
	k := text[T](strings.Join(quoted, " or "))
	k.fits = func(v T) bool { return slices.Contains(options, v) }
	return k
}

func hostPort() kind[string] {
	k := text[string](`an IP address and a port such as "127.0.0.1:8092"`)
	k.fits = func(s string) bool {
		host, port, err := net.SplitHostPort(s)
		if err != nil {
			return false
		}
		_, err = strconv.ParseUint(port, 10, 16)
		return err == nil && (host == "" || host == "localhost" || isAddress(host))
	}
	return k
}

// orNone lets text be empty, too.
func orNone(k kind[string]) kind[string] {
	fits := k.fits
	k.want += `, or ""`
	k.fits = func(s string) bool { return s == "" || fits(s) }
	return k
}

func named(want string, check func(string) error) kind[string] {
	k := text[string](want)
	k.fits = func(s string) bool { return check(s) == nil }
	return k
}

func networks() kind[[]string] {
	return list(`a list of addresses and networks such as ["192.168.1.0/24"]`, func(s string) bool {
		_, err := netip.ParsePrefix(s)
		return err == nil || isAddress(s)
	})
}

func folder() kind[string] {
	k := text[string]("the path of a folder, written out (no ~)")
	k.fits = func(s string) bool { return s != "" && !strings.HasPrefix(s, "~") && !strings.ContainsRune(s, 0) }
	return k
}

func file() kind[string] {
	k := text[string]("the path of a file, written out (no ~)")
	k.fits = func(s string) bool { return !strings.HasPrefix(s, "~") && !strings.ContainsRune(s, 0) }
	return k
}

// hostName is what a name may consist of; whether it exists is not our concern.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$`)

func hosts() kind[[]string] {
	return list(`a list of host names without scheme and port, such as ["emit.example"]`, func(n string) bool {
		return len(n) <= 253 && (isAddress(n) || hostName.MatchString(n))
	})
}

func origins() kind[[]string] {
	return list(`a list of origins such as ["https://dashboard.example:3000"]`, func(s string) bool {
		u, err := url.Parse(s)
		return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Scheme+"://"+u.Host == s
	})
}

// secureAddress is one that nobody on the way reads along, or of this machine.
func secureAddress() kind[string] {
	k := text[string](`an address such as "https://example.org/emitscope.json"`)
	k.fits = func(s string) bool {
		u, err := url.Parse(s)
		return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
	}
	return k
}

func publicKey() kind[string] {
	k := text[string]("an Ed25519 key: 32 bytes in base64")
	k.fits = func(s string) bool {
		key, err := base64.StdEncoding.DecodeString(s)
		return err == nil && len(key) == ed25519.PublicKeySize
	}
	return k
}

// list is a list of texts that fit one by one.
func list(want string, fits func(string) bool) kind[[]string] {
	return kind[[]string]{
		want: want,
		read: func(v any) ([]string, bool) {
			list, ok := v.([]any)
			var names []string // nil when there is none, as by default
			for _, e := range list {
				name, isText := e.(string)
				ok = ok && isText
				names = append(names, name)
			}
			return names, ok
		},
		write: func(names []string) any {
			list := make([]any, 0, len(names))
			for _, n := range names {
				list = append(list, n)
			}
			return list
		},
		fits: func(names []string) bool {
			return !slices.ContainsFunc(names, func(n string) bool { return !fits(n) })
		},
	}
}

func whole[T int | int64](want string) kind[T] {
	return kind[T]{
		want:  want,
		read:  func(v any) (T, bool) { n, ok := v.(int64); return T(n), ok && int64(T(n)) == n },
		write: func(v T) any { return int64(v) },
	}
}

func count[T int | int64](unit string, least, most T) kind[T] {
	k := whole[T](fmt.Sprintf("a whole number of %s, %d to %d", unit, least, most))
	k.fits = func(v T) bool { return least <= v && v <= most }
	return k
}

func decimal(want string) kind[float64] {
	k := plain[float64](want)
	k.read = func(v any) (float64, bool) {
		if n, ok := v.(int64); ok {
			return float64(n), true
		}
		f, ok := v.(float64)
		return f, ok
	}
	return k
}

func fraction() kind[float64] {
	k := decimal("a number from 0 to 1")
	k.fits = func(v float64) bool { return 0 <= v && v <= 1 }
	return k
}

// duration is a time written with its unit, such as "12.5ms".
func duration() kind[time.Duration] {
	return kind[time.Duration]{
		want: `a time with its unit such as "12.5ms"`,
		read: func(v any) (time.Duration, bool) {
			s, _ := v.(string)
			d, err := time.ParseDuration(s)
			return d, err == nil
		},
		write: func(v time.Duration) any { return v.String() },
	}
}

func period(least, most time.Duration) kind[time.Duration] {
	k := duration()
	k.want += fmt.Sprintf(", %v to %v", least, most)
	k.fits = func(v time.Duration) bool { return least <= v && v <= most }
	return k
}

// describe names a value of the file for a person, cut to one line.
func describe(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) > 60 {
			v = strings.ToValidUTF8(v[:60], "") + "…"
		}
		return strconv.Quote(v)
	case bool, int64, float64:
		return fmt.Sprint(v)
	case []any:
		parts := make([]string, 0, 4)
		for i, e := range v {
			if i == 3 {
				parts = append(parts, "…")
				break
			}
			parts = append(parts, describe(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
