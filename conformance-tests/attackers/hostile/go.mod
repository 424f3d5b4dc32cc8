module demitasse.io/conformance/hostile

go 1.25
