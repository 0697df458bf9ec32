using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Security;

/// <summary>A gateway without a key in its settings: storage and Redis ask for tokens over TLS, and the signing keys are in a mounted file.</summary>
public sealed class IdentityTests : IAsyncLifetime
{
    private const string PrincipalId = "5d1e3c1a-0000-4000-8000-000000000001";
    private const string RedisResource = "https://redis.azure.com";
    private const string StorageResource = "https://storage.azure.com";
    private const string Password = "a-long-password-of-this-test";

    // The tokens end while the test runs. Azurite takes none that has ended.
    private static readonly TimeSpan s_tokenLifetime = TimeSpan.FromSeconds(10);

    private readonly TestCertificate _certificate = new();
    private readonly TemporaryFolder _keys = new();
    private readonly string _oldKey = NewKey();
    private readonly string _newKey = NewKey();
    private readonly string _redisPassword = NewKey();
    private readonly int _tlsPort = FreePort.Next();
    private TokenEndpoint _identity = null!;
    private RedisServer _redis = null!;
    private AzuriteServer _azurite = null!;
    private ConnectionMultiplexer _administrator = null!;

    private string KeysFile => Path.Combine(_keys.Path, "keys.json");

    public async ValueTask InitializeAsync()
    {
        _identity = await TokenEndpoint.StartAsync(s_tokenLifetime);
        _redis = await RedisServer.StartWithAsync(
            "--requirepass", _redisPassword, "--tls-port", $"{_tlsPort}", "--tls-auth-clients", "no",
            "--tls-cert-file", _certificate.CertificateFile, "--tls-key-file", _certificate.KeyFile);
        _azurite = await AzuriteServer.StartAsync(certificate: _certificate);
        _administrator = await ConnectionMultiplexer.ConnectAsync($"{_redis.ConnectionStringOfTests},password={_redisPassword},allowAdmin=true");
        _identity.Issuing = async (resource, token) =>
        {
            if (resource == RedisResource)
            {
                await ExecuteAsync("ACL", "SETUSER", PrincipalId, "on", $">{token}", "~*", "&*", "+@all");
            }
        };
        await WriteKeysAsync("old", ("old", _oldKey));
    }

    public async ValueTask DisposeAsync()
    {
        if (_administrator is not null)
        {
            await _administrator.DisposeAsync();
        }
        foreach (var server in new IAsyncDisposable?[] { _identity, _redis, _azurite }.OfType<IAsyncDisposable>())
        {
            await server.DisposeAsync();
        }
        _keys.Dispose();
        _certificate.Dispose();
    }

    [Fact]
    public async Task An_upload_has_its_effects_with_tokens_only_outlives_them_and_signing_keys_are_rotated_meanwhile()
    {
        var port = FreePort.Next();
        await using var host = await GatewayApplication.StartHostAsync(port, Settings());
        try
        {
            await UseAsync(host, port);
        }
        finally
        {
            // To analyze a failed test; it stays until the next run.
            await File.WriteAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "identity.log"), host.Output);
        }
    }

    private async Task UseAsync(ChildProcess host, int port)
    {
        await host.WaitForLineAsync("Host started", TimeSpan.FromMinutes(6));
        using var http = new HttpClient { BaseAddress = new Uri($"http://localhost:{port}/api/"), Timeout = Eventually.DefaultDeadline };

        GatewayUser user = null!;
        await TryAgainAsync(async () => user = await LoginAsync(http));
        await TryAgainAsync(() => AssertThatAnUploadHasItsEffectsAsync(user, "first.txt"));
        // The trigger of the host signs in as the app does, and its timers have their locks in the same storage.
        await Eventually.UntilAsync(IsTriggerSignedInAsync);
        await host.WaitForLineAsync("Singleton lock acquired");
        Assert.All([RedisResource, StorageResource], resource => Assert.Contains(_identity.Issued, each => each.Resource == resource));

        // Redis forgets the tokens so far, and ends what still uses them, once there are newer ones.
        var old = _identity.Issued.Where(each => each.Resource == RedisResource).Select(each => each.Token).ToArray();
        var signIns = await SignInsAsync();
        await Eventually.UntilAsync(async () => await SignInsAsync() >= signIns + 3, description: "each connection signs in with a new token");
        foreach (var token in old)
        {
            await ExecuteAsync("ACL", "SETUSER", PrincipalId, $"<{token}");
        }
        await ExecuteAsync("CLIENT", "KILL", "USER", PrincipalId);
        await Eventually.UntilAsync(IsTriggerSignedInAsync);
        await TryAgainAsync(() => AssertThatAnUploadHasItsEffectsAsync(user, "second.txt"));

        await WriteKeysAsync("new", ("old", _oldKey), ("new", _newKey));
        GatewayUser? after = null;
        await Eventually.UntilAsync(async () => KeyIdOf((after = await LoginAsync(http)).Token) == "new");
        Assert.Equal("old", KeyIdOf(user.Token));
        await TryAgainAsync(() => user.FilesAsync());
        await TryAgainAsync(() => after!.FilesAsync());

        string[] secrets = [.. _identity.Issued.Select(each => each.Token), _identity.Environment["IDENTITY_HEADER"]!, _oldKey, _newKey, Password, user.Token, after!.Token];
        Assert.DoesNotContain(host.Output, line => secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)));
    }

    private Dictionary<string, string?> Settings()
    {
        var settings = new Dictionary<string, string?>
        {
            ["RedisConnection"] = null,
            ["RedisConnection__redisHostName"] = $"127.0.0.1:{_tlsPort}",
            ["RedisConnection__principalId"] = PrincipalId,
            ["RedisConnection__credential"] = "managedidentity",
            ["RedisConnection__clientId"] = _identity.ClientId,
            ["AzureWebJobsStorage"] = null,
            ["AzureWebJobsStorage__blobServiceUri"] = _azurite.BlobsByToken.ToString(),
            ["AzureWebJobsStorage__tableServiceUri"] = _azurite.TablesByToken.ToString(),
            ["AzureWebJobsStorage__credential"] = "managedidentity",
            ["AzureWebJobsStorage__clientId"] = _identity.ClientId,
            ["HOME"] = AppOutput.Home,
            ["StorageTimeout"] = "00:00:20",
            ["Auth__AdminUsername"] = "admin",
            ["Auth__AdminPassword"] = Password,
            ["Auth__SigningKeysFile"] = KeysFile,
        };
        foreach (var (name, value) in _identity.Environment.Concat(_certificate.Trust))
        {
            settings[name] = value;
        }
        Assert.DoesNotContain(settings.Values, value => value?.Contains("AccountKey", StringComparison.OrdinalIgnoreCase) == true || value?.Contains(_redisPassword, StringComparison.Ordinal) == true);
        return settings;
    }

    // A token that expires on its way to storage, on a busy machine, is a 503, and a client tries again.
    private static Task TryAgainAsync(Func<Task> step) => Eventually.UntilAsync(async () =>
    {
        await step();
        return true;
    });

    private static async Task<GatewayUser> LoginAsync(HttpClient http)
    {
        using var content = new StringContent(JsonSerializer.Serialize(new { username = "admin", password = Password }), Encoding.UTF8, "application/json");
        var login = await http.PostAsync(new Uri("auth/login", UriKind.Relative), content, TestContext.Current.CancellationToken).JsonAsync();
        return new GatewayUser(http, login.Text("user", "id"), "admin", login.Text("accessToken"), login.Text("sessionId"));
    }

    private static async Task AssertThatAnUploadHasItsEffectsAsync(GatewayUser user, string filename)
    {
        var file = (await user.UploadAsync(filename, "a text")).Text("id");
        await user.AuditOfAsync(file, 1);
        await user.NotificationsOfAsync(file, 1);
        await user.FileInContextAsync(file, _ => true);
        Assert.Equal("a text"u8.ToArray(), await user.DownloadAsync(file));
    }

    private async Task<bool> IsTriggerSignedInAsync() => (await _administrator.GetServers()[0].ClientListAsync()).Any(client =>
        client.Name == "AzureFunctionsRedisExtension.RedisConnection" && client.Raw?.Contains($"user={PrincipalId}", StringComparison.Ordinal) == true);

    private async Task<long> SignInsAsync()
    {
        var statistics = await _administrator.GetServers()[0].InfoAsync("commandstats");
        var auth = statistics.SelectMany(section => section).Single(entry => entry.Key == "cmdstat_auth").Value;
        return long.Parse(auth.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture);
    }

    private Task<RedisResult> ExecuteAsync(string command, params object[] arguments) => _administrator.GetServers()[0].ExecuteAsync(command, arguments);

    private Task WriteKeysAsync(string id, params (string Id, string Key)[] keys) => File.WriteAllTextAsync(
        KeysFile, JsonSerializer.Serialize(new { signingKeyId = id, signingKeys = keys.ToDictionary(key => key.Id, key => key.Key) }));

    private static string KeyIdOf(string token)
    {
        var header = token.Split('.')[0].Replace('-', '+').Replace('_', '/');
        return JsonDocument.Parse(Convert.FromBase64String(header.PadRight((header.Length + 3) / 4 * 4, '='))).RootElement.Text("kid");
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
}
