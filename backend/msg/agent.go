package msg

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxClientName is how many characters a client's name for itself has at most.
const MaxClientName = 64

// CleanClientName returns what a client calls itself as it is shown: what cannot be
// printed is left out, and the rest cut. It never fails, for a name is nothing that a
// client should be kept out for.
func CleanClientName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.Is(unicode.Bidi_Control, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, name[:min(len(name), 4*MaxClientName)])
	name = strings.TrimSpace(name)
	if runes := []rune(name); len(runes) > MaxClientName {
		name = strings.TrimSpace(string(runes[:MaxClientName]))
	}
	return name
}

// Programs in a User-Agent with their versions. Every browser calls itself by the
// names of those before it, so the more special ones are looked for first.
var (
	likeChrome = regexp.MustCompile(`\b(EdgA?|OPR|SamsungBrowser)/(\d+)`)
	browser    = regexp.MustCompile(`\b(Firefox|FxiOS|HeadlessChrome|Chrome|CriOS)/(\d+)`)
	safari     = regexp.MustCompile(`\b(Version)/(\d+)[\d.]* .*\bSafari/`)
	program    = regexp.MustCompile(`^(Python|Dart|python-requests|websocket-client|node|curl|okhttp)/v?(\d+(?:\.\d+)?)`)
)

// AgentOf shortens a User-Agent for a person: "Chrome 131", "Python 3.12", "Go". Of
// a program that it does not know it is the first word, without what cannot be
// printed; empty where nothing was said.
func AgentOf(userAgent string) string {
	userAgent = userAgent[:min(len(userAgent), 512)]
	for _, pattern := range []*regexp.Regexp{likeChrome, browser, safari, program} {
		if found := pattern.FindStringSubmatch(userAgent); found != nil {
			return agentName(found[1]) + " " + found[2]
		}
	}
	first, _, _ := strings.Cut(CleanClientName(userAgent), " ")
	name, version, _ := strings.Cut(first, "/")
	switch name {
	case "Go-http-client":
		return "Go"
	case "node-XMLHttpRequest":
		return "socket.io-client"
	}
	return strings.TrimSpace(agentName(name) + " " + version)
}

// agentName is what people call a program.
func agentName(name string) string {
	switch name {
	case "Edg", "EdgA":
		return "Edge"
	case "OPR":
		return "Opera"
	case "SamsungBrowser":
		return "Samsung Internet"
	case "FxiOS":
		return "Firefox"
	case "HeadlessChrome", "CriOS":
		return "Chrome"
	case "Version":
		return "Safari"
	case "python-requests":
		return "Python requests"
	case "websocket-client":
		return "Python websocket-client"
	case "node":
		return "Node.js"
	case "okhttp":
		return "OkHttp"
	}
	return name
}
