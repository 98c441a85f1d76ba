package interop

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// trickyNames are those by which somebody might reach another file than was meant, as
// they are written in JSON.
func trickyNames() []string {
	return []string{
		"", ".", "..", "../outside", "../../outside", "..\\outside", "a/../../outside", "/tmp/outside", "\\\\host\\share", "C:", "C:\\outside", "C:outside", "file:///etc/passwd",
		"%2e%2e", "..%2foutside", "%2e%2e%2foutside", "..%5coutside", "%252e%252e%252foutside", "..%c0%afoutside", "outside\x00.emitscope", "\x00", "a\r\nb", "\u202egnp.exe", "\u2066a", "a\u200b",
		"CON", "nul.txt", "COM1", "lpt1.emitscope", "aux ", ".hidden", "end.", "~", "~root", "$HOME", "`id`", "*", "?", "|", strings.Repeat("n", 300), strings.Repeat("n", 100_000),
		"name.emitscope", "name.emitscope-wal", "lock", "keys.json", "\xff\xfe",
	}
}

// wayOut is a request that has a name in it which becomes a file's, or a file's part.
type wayOut struct{ method, path, body string }

// withName are the requests that people who may do everything can make with a name.
func withName(name string) []wayOut {
	quoted, _ := json.Marshal(name)
	inPath := url.PathEscape(name)
	all := []wayOut{
		{"POST", "/api/v1/recordings", `{"name":` + string(quoted) + `}`},
		{"POST", "/api/v1/flight", `{"name":` + string(quoted) + `}`},
		{"PATCH", "/api/v1/recordings/before", `{"name":` + string(quoted) + `}`},
		{"POST", "/api/v1/imports?name=" + url.QueryEscape(name), `{"event":"e","data":1}`},
		{"PUT", "/api/v1/replay", `{"recording":` + string(quoted) + `}`},
		{"GET", "/api/v1/comparison?a=" + url.QueryEscape(name) + "&b=" + url.QueryEscape(name), ""},
		{"POST", "/api/v1/keys", `{"name":` + string(quoted) + `,"scopes":"view"}`},
	}
	for _, kind := range []string{"queries", "boards", "drafts", "rules", "alerts", "simulators"} {
		all = append(all, wayOut{"PUT", "/api/v1/" + kind + "/" + inPath, `{}`}, wayOut{"DELETE", "/api/v1/" + kind + "/" + inPath, ""})
	}
	for _, spelled := range []string{inPath, name, strings.ReplaceAll(inPath, ".", "%2e")} {
		if strings.ContainsAny(spelled, " \x00\r\n\u202e\u2066\u200b`|") || !utf8.ValidString(spelled) {
			continue // it cannot be sent like this
		}
		for _, way := range []wayOut{
			{"GET", "", ""}, {"GET", "/export?format=ndjson", ""}, {"GET", "/messages", ""}, {"GET", "/timeline", ""}, {"GET", "/bookmarks", ""}, {"POST", "/stop", "{}"}, {"DELETE", "", ""},
			{"POST", "/bookmarks", `{"time":"2026-01-02T15:04:05Z","note":` + string(quoted) + `}`},
		} {
			all = append(all, wayOut{way.method, "/api/v1/recordings/" + spelled + way.path, way.body})
		}
		all = append(all, wayOut{"DELETE", "/api/v1/keys/" + spelled, ""}, wayOut{"GET", "/api/v1/docs/" + spelled, ""}, wayOut{"GET", "/" + spelled, ""}, wayOut{"GET", "/assets/" + spelled, ""}, wayOut{"GET", "/socket.io/" + spelled, ""})
	}
	return all
}

// filesIn are the files below a folder, by their path in it, with what is in those that
// are no database.
func filesIn(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, folder+"/")] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Around the data folder lies what nobody may read, write or remove by the hub.
func TestNoNameLeadsOutOfTheDataFolder(t *testing.T) {
	around := t.TempDir()
	data := filepath.Join(around, "in", "data")
	const secret = "what lies outside"
	for _, file := range []string{"outside", "outside.emitscope", "in/outside", "in/outside.emitscope"} {
		path := filepath.Join(around, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := startHub(t, "--data-dir", data)
	b := newBystander(t, h)
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if got := ask(t, noFollow, "POST", h.url+"/api/v1/recordings", `{"name":"before"}`, nil); got.status != http.StatusCreated {
		t.Fatalf("start a recording: got %d %s", got.status, got.body)
	}
	if got := ask(t, noFollow, "POST", h.url+"/api/v1/recordings/before/stop", "", nil); got.status != http.StatusOK {
		t.Fatalf("stop it: got %d %s", got.status, got.body)
	}
	allowed := func(name string) bool { return name == "data" || name == "recordings" }
	for _, name := range trickyNames() {
		for _, way := range withName(name) {
			got := ask(t, noFollow, way.method, h.url+way.path, way.body, nil)
			if got.status >= 500 || strings.Contains(got.body, secret) {
				t.Errorf("%s %.200s %.100s: got %d %.200s", way.method, way.path, way.body, got.status, got.body)
			}
			if way.method == "PATCH" && got.status == http.StatusOK { // it has that name now
				ask(t, noFollow, "PATCH", h.url+"/api/v1/recordings/"+url.PathEscape(name), `{"name":"before"}`, nil)
			}
			if strings.ContainsAny(got.header.Get("Content-Disposition"), "\r\n/\\") {
				t.Errorf("%s %.200s: a browser is told to save %q", way.method, way.path, got.header.Get("Content-Disposition"))
			}
		}
	}
	for name, text := range filesIn(t, around) {
		switch folder, file := filepath.Split(name); {
		case strings.HasPrefix(folder, "in/data/"):
			for part := range strings.SplitSeq(strings.TrimPrefix(folder, "in/data/"), "/") {
				if part != "" && !allowed(part) {
					t.Errorf("the data folder has a folder %q", part)
				}
			}
		case !strings.HasPrefix(file, "outside") || text != secret:
			t.Errorf("outside of the data folder is %s: %.100q", name, text)
		}
	}
	if got := len(filesIn(t, around)); got < 5 {
		t.Errorf("there are %d files: something was removed", got)
	}
	b.check(t)
}
