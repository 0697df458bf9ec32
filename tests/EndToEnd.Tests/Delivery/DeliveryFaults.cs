using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>
/// A gateway that tests break while it works. With <c>./test --long</c> it waits as long as in production.
/// </summary>
public sealed class DeliveryFaults : IAsyncLifetime
{
    private static int s_count;

    private AzuriteServer? _azurite;

    /// <summary>The gateway.</summary>
    public GatewayApplication Gateway { get; private set; } = null!;

    /// <summary>Settings that keep a test short.</summary>
    public static IReadOnlyDictionary<string, string?> ShortWaits { get; } = new Dictionary<string, string?>
    {
        ["Delivery__RelayAfter"] = "00:00:02",
        ["Delivery__TickDeadline"] = "00:00:10",
        // The minimum: recovery must compare epochs once within this time.
        ["Delivery__KeepOutboxEntriesFor"] = "00:00:15",
        ["Delivery__HandlerDeadline"] = "00:00:05",
    };

    /// <summary><see cref="ShortWaits"/>; in long tests, none.</summary>
    public static IReadOnlyDictionary<string, string?> Settings { get; } = FaultRound.IsLong ? new Dictionary<string, string?>() : ShortWaits;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteServer.StartAsync();
        Gateway = await GatewayApplication.StartAsync(
            new GatewayOptions { Name = $"delivery-faults-{Interlocked.Increment(ref s_count)}", Settings = Settings, Azurite = _azurite });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _azurite!.DisposeAsync();
    }
}
