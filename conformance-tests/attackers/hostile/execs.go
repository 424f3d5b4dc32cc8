package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

// execs SOCKET CONTAINER COUNT AT-ONCE: so many ExecSync of `true`, as gRPC has it and over one connection. It fails if one does.
func execs(arguments []string) error {
	count, _ := strconv.ParseInt(arguments[2], 10, 64)
	atOnce, _ := strconv.Atoi(arguments[3])
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{
		Protocols: protocols,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", arguments[0])
		},
	}}
	message := field(1, []byte(arguments[1]))
	message = append(message, field(2, []byte("true"))...)
	message = append(message, 3<<3, 30) // timeout, in seconds
	body := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	body = append(body, message...)
	var left, failed atomic.Int64
	left.Store(count)
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := exec(client, body); err != nil && failed.Add(1) <= 5 {
					fmt.Fprintln(os.Stderr, err)
				}
			}
		})
	}
	all.Wait()
	if failed.Load() > 0 {
		return fmt.Errorf("%d of %d commands failed", failed.Load(), count)
	}
	return nil
}

func exec(client *http.Client, body []byte) error {
	request, err := http.NewRequest("POST", "http://cri/runtime.v1.RuntimeService/ExecSync", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("TE", "trailers")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	status := answer.Trailer.Get("Grpc-Status") + answer.Header.Get("Grpc-Status")
	if status != "0" {
		return fmt.Errorf("status %s: %s", status, answer.Trailer.Get("Grpc-Message")+answer.Header.Get("Grpc-Message"))
	}
	return nil
}

func field(number byte, value []byte) []byte {
	return append(binary.AppendUvarint([]byte{number<<3 | 2}, uint64(len(value))), value...)
}
