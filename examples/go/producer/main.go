// Command producer pushes one message every interval over REST. The key, where
// the hub asks for one, is read from EMITSCOPE_KEY.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"net/http"
	"os"
	"strings"
	"time"
)

// message is what POST /api/v1/messages takes.
type message struct {
	Namespace string         `json:"namespace"`
	Event     string         `json:"event"`
	Data      map[string]int `json:"data"`
}

func main() {
	log.SetFlags(0)
	url := flag.String("url", "http://127.0.0.1:8092", "where the hub is")
	namespace := flag.String("namespace", "/ws", "where the messages go")
	interval := flag.Float64("interval", 1, "seconds between two messages")
	seconds := flag.Float64("seconds", 60, "how long to go on")
	flag.Parse()

	client := &http.Client{Timeout: 10 * time.Second}
	count := int(math.Round(*seconds / *interval))
	start := time.Now()
	for n := range count {
		// Always from the start: "now + interval" would add up every delay.
		time.Sleep(time.Until(start.Add(time.Duration(float64(n) * *interval * float64(time.Second)))))
		if err := push(client, *url, message{*namespace, "tick", map[string]int{"n": n}}); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("published %d messages\n", count)
}

// push hands m to the hub and returns why the hub did not take it.
func push(client *http.Client, url string, m message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodPost, url+"/api/v1/messages", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if key := os.Getenv("EMITSCOPE_KEY"); key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var problem struct{ Message, Hint string }
	if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil {
		return fmt.Errorf("answer %s: %w", answer.Status, err)
	}
	if answer.StatusCode != http.StatusAccepted {
		return errors.New(strings.TrimSuffix(problem.Message+"; "+problem.Hint, "; "))
	}
	return nil
}
