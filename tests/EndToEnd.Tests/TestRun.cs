using McpFunctions.EndToEnd.Tests;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(GatewayApplication))]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]

// Tests mostly wait for other processes: more of them at once than there are processors end sooner.
[assembly: Parallelization(MaxThreads = 4)]
