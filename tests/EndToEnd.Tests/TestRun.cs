using McpFunctions.EndToEnd.Tests;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(GatewayApplication))]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]

// Tests mostly wait for other processes, so more threads than processors finish sooner.
[assembly: Parallelization(MaxThreads = 4)]
