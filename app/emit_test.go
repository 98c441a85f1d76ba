package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"emitscope/app"
	"emitscope/backend/client"
	"emitscope/backend/door/wire"
)

// feed runs emit - with this input.
func feed(t *testing.T, url, input string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs output
	code = app.Run(t.Context(), app.Process{
		Name: "scope", Args: append([]string{"emit", "--url", url, "-"}, args...), Stdin: strings.NewReader(input), Stdout: &out, Stderr: &errs,
	})
	return code, out.String(), errs.String()
}

// kept returns namespace, event and data of all that the hub keeps, oldest first.
func kept(t *testing.T, url string) (all []string) {
	t.Helper()
	hub, err := client.New(url, "")
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	err = hub.Messages(t.Context(), "", 0, func(line []byte) error {
		var m wire.Message
		if err := json.Unmarshal(line, &m); err != nil {
			return err
		}
		all = append(all, fmt.Sprintf("%s %s %s", m.Namespace, m.Event, m.Data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEmitTakesEachLineAsAMessage(t *testing.T) {
	url := serve(t)
	code, out, errs := feed(t, url, "{\"event\":\"a\",\"data\":{ \"p\": \"<1.50>\"}}\r\n\n{\"namespace\":\"/y\",\"event\":\"b\"}", "-n", "/x")
	if code != 0 || errs != "" || out != "accepted lines: 2, as 1 to 2\n" {
		t.Errorf("got %d %q %q, want 0 and that two lines were accepted", code, out, errs)
	}
	want := []string{`/x a {"p":"<1.50>"}`, `/y b null`}
	eventually(t, func() bool { return len(kept(t, url)) == 2 }, "both messages")
	got := kept(t, url)
	slices.Sort(got) // messages of two namespaces have no order between them
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEmitTakesEachLineAsData(t *testing.T) {
	url := serve(t)
	if code, out, errs := feed(t, url, "1\n \"two\"\n{\"n\":3}\n", "--event", "tick"); code != 0 {
		t.Fatalf("got %d %q %q", code, out, errs)
	}
	if code, out, errs := feed(t, url, "a \"b\"\n", "--event", "log", "--text"); code != 0 {
		t.Fatalf("text: got %d %q %q", code, out, errs)
	}
	want := []string{"/ws tick 1", `/ws tick "two"`, `/ws tick {"n":3}`, `/ws log "a \"b\""`}
	eventually(t, func() bool { return len(kept(t, url)) == len(want) }, "all messages")
	if got := kept(t, url); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEmitHandsALineInBeforeTheNextComes(t *testing.T) {
	url := serve(t)
	in, producer := io.Pipe()
	ended := make(chan int)
	var out, errs output
	go func() {
		ended <- app.Run(context.Background(), app.Process{Args: []string{"emit", "--url", url, "-", "-e", "tick"}, Stdin: in, Stdout: &out, Stderr: &errs})
	}()
	for i := range 3 {
		fmt.Fprintf(producer, "%d\n", i)
		eventually(t, func() bool { return len(kept(t, url)) == i+1 }, "the line to arrive")
	}
	producer.Close()
	if code := <-ended; code != 0 || out.String() != "accepted lines: 3, as 1 to 3\n" {
		t.Errorf("got %d %q %q, want 0 and three lines", code, out.String(), errs.String())
	}
}

func TestEmitNamesTheLineThatIsWrongAndKeepsThoseBefore(t *testing.T) {
	url := serve(t)
	many := bytes.Repeat([]byte("{\"event\":\"ok\"}\n"), 300)
	for name, c := range map[string]struct {
		input string
		args  []string
		says  string
	}{
		"not JSON":        {"{\"event\":\"a\"}\n\n{\"event\":\n", nil, "line 3: the text is not valid JSON"},
		"unknown field":   {"{\"event\":\"a\"}\n{\"evnt\":\"b\"}\n", nil, `line 2: field "evnt" is unknown`},
		"refused":         {string(many) + "{\"event\":\"disconnect\"}\n", nil, `line 301: event name "disconnect" is reserved`},
		"not data":        {"1\nhello\n", []string{"--event", "x"}, "line 2: "},
		"out of its line": {"1},{\"a\":1\n", []string{"--event", "x"}, "line 1: "},
	} {
		code, out, errs := feed(t, url, c.input, c.args...)
		if code != 1 || !strings.Contains(errs, "scope: "+c.says) || strings.Count(errs, "line ") > 2 || !strings.HasPrefix(out, "accepted ") {
			t.Errorf("%s: got %d %q %q, want 1, %q and what was accepted", name, code, out, errs, c.says)
		}
	}
	if code, out, errs := feed(t, "http://127.0.0.1:1", "\n1\n", "-e", "x"); code != 1 || out != "accepted no line\n" || !strings.Contains(errs, "line 2: no hub answers") {
		t.Errorf("no hub: got %d %q %q", code, out, errs)
	}
}

// narrow is a lane that takes ten messages, and then one each 20 ms.
const narrow = "[lanes.\"/x\"]\ninterval = \"20ms\"\ncapacity = 10\n"

func TestEmitDoesWithAFullLaneWhatItIsTold(t *testing.T) {
	input := strings.Repeat("1\n", 30)
	url, _ := serveWith(t, narrow)
	code, out, errs := feed(t, url, input, "-n", "/x", "-e", "tick", "--on-full", "fail")
	if code != 1 || !strings.Contains(errs, "lane /x is full") || !strings.Contains(errs, "line 1") || !strings.HasPrefix(out, "accepted lines: 1") {
		t.Errorf("fail: got %d %q %q, want 1, the line, and what was accepted", code, out, errs)
	}
	url, _ = serveWith(t, narrow)
	code, out, _ = feed(t, url, input, "-n", "/x", "-e", "tick", "--on-full", "drop")
	var accepted, first, last, dropped int
	if _, err := fmt.Sscanf(out, "accepted lines: %d, as %d to %d; dropped here: %d", &accepted, &first, &last, &dropped); err != nil || code != 0 || accepted+dropped != 30 || dropped == 0 {
		t.Errorf("drop: got %d %q, want 0 and what was dropped", code, out)
	}
	url, _ = serveWith(t, narrow)
	code, out, errs = feed(t, url, input, "-n", "/x", "-e", "tick")
	if code != 0 || !strings.HasPrefix(out, "accepted lines: 30,") || !strings.Contains(errs, "is full") || strings.Count(errs, "\n") != 1 {
		t.Errorf("wait: got %d %q %q, want 0, all lines, and one word about it", code, out, errs)
	}
}

func TestEmitRefusesFlagsThatDoNotGoTogether(t *testing.T) {
	for _, args := range [][]string{
		{"emit", "tick"}, {"emit", "-", "1"}, {"emit", "tick", "1", "--event", "x"}, {"emit", "tick", "1", "--on-full", "drop"}, {"emit", "-", "--text"},
		{"emit", "-", "--on-full", "block"},
	} {
		if code, _, errs := run(t, args...); code != 2 || !strings.Contains(errs, "see scope emit --help") {
			t.Errorf("%v: got %d %q, want 2 and where help is", args, code, errs)
		}
	}
}
