package files_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"emitscope/backend/door/files"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// parts takes a page apart: what stands before its messages, and its elements with
// messages, which alternate between columns and lines.
func parts(t *testing.T, page []byte) (before string, data []string) {
	t.Helper()
	before, rest, found := strings.Cut(string(page), "<script type=\"application/json\" class=\"c\">")
	if !found {
		t.Fatal("the page has no messages")
	}
	for _, m := range regexp.MustCompile(`(?s)<script type="application/json" class="[cm]">(.*?)</script>`).
		FindAllStringSubmatch("<script type=\"application/json\" class=\"c\">"+rest, -1) {
		data = append(data, m[1])
	}
	return before, data
}

func TestAPageBeginsWithAllThatItNeeds(t *testing.T) {
	before, data := parts(t, write(t, files.HTML, market(), ""))
	before = regexp.MustCompile(`(?s)<style>.*</style>`).ReplaceAllString(before, "<style>…</style>")
	before = regexp.MustCompile(`(?s)<script>.*</script>`).ReplaceAllString(before, "<script>…</script>")
	before = regexp.MustCompile(`sha256-[^']+`).ReplaceAllString(before, "sha256-…")
	testkit.Golden(t, "page.html", before+"\n"+strings.Join(data, "\n"))
}

func TestAPageRunsNothingButItsOwnScript(t *testing.T) {
	page := string(write(t, files.HTML, market(), ""))
	policy := regexp.MustCompile(`content="default-src 'none'; style-src '([^']+)'; script-src '([^']+)'; base-uri 'none'; form-action 'none'"`).FindStringSubmatch(page)
	if policy == nil {
		t.Fatal("the page has no policy")
	}
	for i, element := range []string{`(?s)<style>(.*?)</style>`, `(?s)<script>(.*?)</script>`} {
		sum := sha256.Sum256([]byte(regexp.MustCompile(element).FindStringSubmatch(page)[1]))
		if got, want := policy[i+1], "sha256-"+base64.StdEncoding.EncodeToString(sum[:]); got != want {
			t.Errorf("the policy names %s, and what is there is %s", got, want)
		}
	}
	if strings.Contains(page, "http:") || strings.Contains(page, "https:") || strings.Contains(page, " style=") || strings.Contains(page, " onclick=") {
		t.Error("the page loads something, or has what its policy forbids")
	}
}

// hostile is text that ends an element, begins a comment, or ends a line of a script.
func hostile() []string {
	return []string{"</script>", "</SCRIPT >", "<script>", "<!--", "-->", "<!--<script>", "]]>", `"`, `'`, "\u2028", "\u2029", "&lt;", "\\", "\\u003c", "</title>", "<img src=x onerror=alert(1)>", "\x7f"}
}

func TestNothingThatAStrangerWroteEndsItsElement(t *testing.T) {
	for _, text := range hostile() {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var plain bytes.Buffer // json.Marshal escapes what a page must not have; a producer does not
		enc := json.NewEncoder(&plain)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(map[string]string{text: text}); err != nil {
			t.Fatal(err)
		}
		rec := market()[0]
		rec.Namespace, rec.Event, rec.Payload, rec.Rooms, rec.To = "/"+text, text, bytes.TrimSpace(plain.Bytes()), []string{text}, text
		rec.Origin.Client, rec.Origin.Key, rec.Origin.Address, rec.Reason = text, text, text, msg.Reason(text)
		var out bytes.Buffer
		w, err := files.NewWriter(files.HTML, &out, files.About{Name: text, Query: text, Version: text}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
		page := out.String()
		// about, its own script, one piece of two elements, the end
		for element, want := range map[string]int{"<script": 5, "</script": 5, "<!": 1, "<title>": 1, "</title>": 1, "<img": 0} {
			if got := strings.Count(strings.ToLower(page), element); got != want {
				t.Errorf("%q: %d times %s, want %d", text, got, element, want)
			}
		}
		_, data := parts(t, out.Bytes())
		var columns struct {
			Streams [][2]string `json:"streams"`
		}
		if err := json.Unmarshal([]byte(data[0]), &columns); err != nil || columns.Streams[0] != [2]string{"/" + text, text} {
			t.Errorf("%q: got streams %v, %v", text, columns.Streams, err)
		}
		line := strings.Split(strings.TrimSpace(data[1]), "\t")
		var payload map[string]string
		if err := json.Unmarshal([]byte(line[0]), &payload); err != nil || payload[text] != text {
			t.Errorf("%q: got payload %s, %v", text, line[0], err)
		}
		var few struct {
			To string `json:"to"`
		}
		if err := json.Unmarshal([]byte(line[2]), &few); err != nil || few.To != text {
			t.Errorf("%q (%s): got %s, %v", text, quoted, line[2], err)
		}
	}
}

func TestAPageHasItsMessagesInPieces(t *testing.T) {
	many := make([]*msg.Record, 1201)
	for i := range many {
		many[i] = market()[i%3]
		many[i].Seq = uint64(i)
	}
	large := market()[0]
	large.Payload = fmt.Appendf(nil, `"%s"`, strings.Repeat("x", 1<<20))
	_, data := parts(t, write(t, files.HTML, append(many, large, many[0]), ""))
	var got []string
	for i := 0; i < len(data); i += 2 {
		var c struct {
			N   int     `json:"n"`
			Seq []int64 `json:"seq"`
		}
		if err := json.Unmarshal([]byte(data[i]), &c); err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(data[i+1], "\n") - 1; lines != c.N || len(c.Seq) != c.N {
			t.Errorf("a piece of %d messages has %d lines and %d numbers", c.N, lines, len(c.Seq))
		}
		got = append(got, fmt.Sprint(c.N))
	}
	if want := "500 500 202 1"; strings.Join(got, " ") != want {
		t.Errorf("got pieces of %v, want %s", got, want)
	}
}
