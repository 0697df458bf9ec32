using Xunit.Sdk;
using Xunit.v3;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>Starts the longest tests first, so that none of them still runs when the others have ended.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    // Parts of the names of classes and collections.
    private static readonly string[] s_longest =
    [
        Delivery.OneFaultAtATime.Name, Delivery.OneProxiedFaultAtATime.Name, "FourWorldsTests", "ProcessFaultTests", "RunScriptStopTests", "ExtendingTests", "HealthTests", "TwoInstancesTests", "ChangeTests", "FuzzTests",
        "StreamEndTests", "BadInputTests", "CredentialTests", "TransferMemoryTests", "RateLimitTests", "SessionTests", "RunScriptTests",
    ];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : notnull, ITestCollection =>
        [.. testCollections.OrderBy(collection => Array.FindIndex(s_longest, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)) is >= 0 and var place ? place : s_longest.Length)];
}
