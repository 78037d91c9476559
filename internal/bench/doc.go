// Package bench measures and strains the real program from outside: it builds
// `tocsin`, runs `tocsin serve` as a child process on loopback, and knows of it
// only what a client knows. It is nothing but tests and benchmarks.
//
// BenchmarkHub holds speed and memory against their floors and limits in one
// run (make bench); TOCSIN_BENCH_OBJECTS is the size of its large collection,
// TOCSIN_BENCH_PROFILE a folder for CPU and heap profiles of the hub by stage.
//
// BenchmarkScale holds a hub of TOCSIN_BENCH_SCALE objects against one of a tenth.
//
// BenchmarkMatching does the same for matching telemetry, beside what people use
// instead. It reads TOCSIN_BENCH_EVENTS records, default 1,000,000, and matches
// them against TOCSIN_BENCH_INDICATORS indicators, default 10,000,000, for which
// it needs 4 GB in the folder of temporary files. TOCSIN_BENCH_PROFILE is for it,
// too.
//
// BenchmarkResolvers pushes to real resolvers, at the end with TOCSIN_BENCH_COLD
// names in force, default 100,000.
//
// BenchmarkPages measures every page of the console, found by its links, for three
// kinds of reader, at TOCSIN_BENCH_OBJECTS objects, default 1,000,000.
// BenchmarkLiveAudience has five hundred people of a hundred partners watch the first
// page while entries arrive.
//
// TestSoak sends mutated requests, TOCSIN_SOAK_REQUESTS of them (make soak), that
// follow from TOCSIN_SOAK_SEED. TestSlowAndVanishing, which runs with
// TOCSIN_SOAK_REQUESTS only, has clients read slowly and leave without a word.
//
// TestMatchingSoak has an edge follow a sensor for TOCSIN_SOAK_MINUTES minutes,
// or without that for some seconds.
//
// TestFederationSoak has a hub follow another while both are killed; of
// TOCSIN_SOAK_FEDERATED objects, default 10,000. BenchmarkFederation is how long a
// hub is behind the one that it follows.
package bench
