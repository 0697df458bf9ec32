namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>The tests that share <see cref="DeliveryFaults"/>. They run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OneFaultAtATime : ICollectionFixture<DeliveryFaults>
{
    public const string Name = "delivery faults";
}
