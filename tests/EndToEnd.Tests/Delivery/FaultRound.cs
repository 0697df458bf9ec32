namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>What a fault has to work with.</summary>
/// <param name="Gateway">The gateway that is to be broken.</param>
/// <param name="User">Whose files are being changed.</param>
/// <param name="Random">Of the round's seed.</param>
internal sealed record FaultRound(GatewayApplication Gateway, GatewayUser User, Random Random)
{
    /// <summary>How long a fault lasts that lasts a while.</summary>
    public static TimeSpan Outage => TimeSpan.FromSeconds(DeliveryFaults.IsLong ? 15 : 3);

    /// <summary>Lets the load go on for the time of an outage.</summary>
    public static Task WaitAsync() => Task.Delay(Outage, TestContext.Current.CancellationToken);
}
