package backend_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whoever reads the Chinese README should be able to do all that the English one
// says: the same programs and commands, the same names in the text, the same links.
func TestBothReadmesSayTheSame(t *testing.T) {
	english, chinese := parts(t, "../README.md"), parts(t, "../README.zh-CN.md")
	for name, part := range english {
		if diff := cmp.Diff(part, chinese[name]); diff != "" {
			t.Errorf("%s of README.md and README.zh-CN.md (-English +Chinese):\n%s", name, diff)
		}
	}
}

// parts returns what does not depend on the language of a document: its blocks of
// code without their comments, and, in the order of the alphabet, the code in its
// text and the addresses it links to, but for its own other language and pictures.
func parts(t *testing.T, file string) map[string][]string {
	t.Helper()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	text := regexp.MustCompile("(?ms)^```.*?\n```$").ReplaceAllStringFunc(string(whole), func(block string) string {
		blocks = append(blocks, regexp.MustCompile(`(?m) *# .*$`).ReplaceAllString(block, ""))
		return ""
	})
	if len(blocks) < 10 {
		t.Fatalf("%s has %d blocks of code, want at least 10", file, len(blocks))
	}
	links := slices.DeleteFunc(found(`\]\((.+?)\)`, text), func(link string) bool {
		return strings.HasPrefix(link, "README") || strings.HasPrefix(link, "docs/pictures/")
	})
	return map[string][]string{"blocks": blocks, "code": found("`(.+?)`", text), "links": links}
}

// found returns the groups that a pattern has in a text, sorted, each once.
func found(pattern, text string) []string {
	var all []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}
