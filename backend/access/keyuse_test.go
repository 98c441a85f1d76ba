package access_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/access"
	"emitscope/backend/msg"
)

func reopened(t *testing.T, path string) *access.Keys {
	t.Helper()
	k, err := access.OpenKeys(path, writeFile)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func link(t *testing.T, k *access.Keys) string {
	t.Helper()
	secret, err := k.Link()
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestTheViewLinkStaysTheSameWhileTheHubRuns(t *testing.T) {
	k := openKeys(t)
	first := link(t, k)
	if again := link(t, k); again != first {
		t.Errorf("got %q, then %q, want the same", first, again)
	}
	if got := scopesOf(t, k, first); got != msg.MayView {
		t.Errorf("got %q, want view alone", got)
	}
	if list := k.List(); len(list) != 1 || list[0].Name != access.LinkName || !list[0].Link {
		t.Errorf("got %+v, want the key of the view link alone", list)
	}
}

func TestAViewLinkOfAnEarlierStartGoesOnWorking(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	before := reopened(t, path)
	first, made := link(t, before), before.List()[0].Created
	k := reopened(t, path)
	second := link(t, k)
	if second == first {
		t.Error("got the secret of the earlier start, which nobody can know any more")
	}
	for _, secret := range []string{first, second} {
		if got := scopesOf(t, reopened(t, path), secret); got != msg.MayView {
			t.Errorf("got %q with one of the two links, want view", got)
		}
	}
	if list := k.List(); len(list) != 1 || !list[0].Created.Equal(made) {
		t.Errorf("got %+v, want one key made at %v", list, made)
	}
}

func TestOnlyTheNewest16ViewLinksWork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	var secrets []string
	for range 17 {
		secrets = append(secrets, link(t, reopened(t, path)))
	}
	k := reopened(t, path)
	for i, secret := range secrets {
		want := msg.MayView
		if i == 0 {
			want = 0
		}
		if got := scopesOf(t, k, secret); got != want {
			t.Errorf("link %d of 17: got %q, want %q", i+1, got, want)
		}
	}
}

func TestRevokingTheViewLinkEndsAllOfThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	old := link(t, reopened(t, path))
	k := reopened(t, path)
	current := link(t, k)
	if err := k.Revoke(access.LinkName); err != nil {
		t.Fatal(err)
	}
	if scopesOf(t, k, old) != 0 || scopesOf(t, k, current) != 0 {
		t.Error("a revoked link lets somebody in")
	}
	next := link(t, k)
	if next == current || scopesOf(t, k, next) != msg.MayView || scopesOf(t, k, current) != 0 {
		t.Error("want a new link that works alone")
	}
}

// used is what a key of this name has been used for.
func used(t *testing.T, k *access.Keys, name string) (time.Time, uint64) {
	t.Helper()
	for _, one := range k.List() {
		if one.Name == name {
			return one.LastUsed, one.Messages
		}
	}
	t.Fatalf("there is no key %q", name)
	return time.Time{}, 0
}

func TestTheUseOfAKeyIsKnownAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys.json")
		k := reopened(t, path)
		secret := makeKey(t, k, "sensor", msg.MayPublish)
		if at, messages := used(t, k, "sensor"); !at.IsZero() || messages != 0 {
			t.Errorf("got %v and %d of a new key, want never and none", at, messages)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		when := time.Now()
		scopesOf(t, k, secret)
		k.Count("sensor", 40)
		k.Count("sensor", 2)
		k.Count("nobody", 7)
		time.Sleep(61 * time.Second)
		if at, messages := used(t, reopened(t, path), "sensor"); !at.Equal(when) || messages != 42 {
			t.Errorf("a minute later: got %v and %d in the file, want %v and 42", at, messages, when)
		}
		k.Count("sensor", 1)
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if _, messages := used(t, reopened(t, path), "sensor"); messages != 43 {
			t.Errorf("got %d in the file at the end, want 43", messages)
		}
	})
}

func TestUseThatCannotBeWrittenIsWrittenLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys.json")
		full := false
		k, err := access.OpenKeys(path, func(path string, data []byte, perm fs.FileMode) error {
			if full {
				return errors.New("no space left on device")
			}
			return os.WriteFile(path, data, perm)
		})
		if err != nil {
			t.Fatal(err)
		}
		makeKey(t, k, "sensor", msg.MayPublish)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		full = true
		k.Count("sensor", 1)
		time.Sleep(61 * time.Second)
		synctest.Wait()
		full = false
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if _, messages := used(t, reopened(t, path), "sensor"); messages != 1 {
			t.Errorf("got %d messages in the file, want 1", messages)
		}
	})
}

func TestUnusedKeysAreNotWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		writes := 0
		k, err := access.OpenKeys(filepath.Join(t.TempDir(), "keys.json"), func(string, []byte, fs.FileMode) error { writes++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		makeKey(t, k, "sensor", msg.MayPublish)
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		if err := k.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if writes != 1 {
			t.Errorf("wrote %d times in an hour without use, want once, when the key was made", writes)
		}
	})
}
