namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>The tests that share <see cref="ProxiedFaults"/>. They run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OneProxiedFaultAtATime : ICollectionFixture<ProxiedFaults>
{
    public const string Name = "proxied delivery faults";
}
