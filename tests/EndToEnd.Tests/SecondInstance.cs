using System.Security.Cryptography;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>
/// Another instance on the storage and the Redis of the shared one, with another administrator, a lower limit of files, a new signing key,
/// and more rounds for passwords.
/// </summary>
[CollectionDefinition(Name)]
public sealed class SecondInstance(GatewayApplication gateway) : ICollectionFixture<SecondInstance>, IAsyncLifetime
{
    public const string Name = "second instance";

    /// <summary>The id of the key that signs its tokens. It accepts the shared instance's tokens too.</summary>
    public const string KeyId = "new";

    /// <summary>The instance.</summary>
    public GatewayApplication Gateway { get; private set; } = null!;

    /// <summary>The key that signs its tokens. The shared instance does not know it.</summary>
    public byte[] SigningKey { get; } = RandomNumberGenerator.GetBytes(48);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Gateway = await GatewayApplication.StartAsync(new GatewayOptions
    {
        Name = "second-instance",
        Beside = gateway,
        Settings = new Dictionary<string, string?>
        {
            ["Auth__AdminUsername"] = $"admin-{Guid.NewGuid():N}",
            ["Files__MaxBytes"] = "1000",
            [$"Auth__SigningKeys__{KeyId}"] = gateway.Confidential(Convert.ToBase64String(SigningKey)),
            ["Auth__SigningKeyId"] = KeyId,
            ["Auth__PasswordIterations"] = "150000",
        },
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Gateway.DisposeAsync();
}
