using System.Buffers;
using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using McpFunctions.EndToEnd.Tests.Documentation;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>
/// The gateway as a user sees it: the built function app in the local Functions host, on a real Redis and a real Azurite.
/// The tests share one; a test that stops servers or needs other settings starts its own.
/// </summary>
public sealed class GatewayApplication : IAsyncLifetime
{
    /// <summary>Part of every text that tests store; it must not appear in the log.</summary>
    public const string ContentMark = "content-that-no-log-may-hold";

    // Far more than a start takes, even beside a build on a busy machine.
    private static readonly TimeSpan s_startDeadline = TimeSpan.FromMinutes(6);

    // Settings of another gateway that the environment of the test run may contain.
    private static readonly string[] s_foreignSettings = ["Auth__", "Files__", "Delivery__", "Health__", "RateLimit__", "Notifications__", "Users__", "Mcp__", "Quotas__", "Http__", "WebPubSub", "StorageTimeout", "AzureWebJobs", "AzureFunctionsJobHost__", "FUNCTIONS_", "OTEL_", "APPLICATIONINSIGHTS_"];
    private static readonly string[] s_environments = ["AZURE_FUNCTIONS_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT"];

    private const string ReadAnything = """
        local type = redis.call('TYPE', KEYS[1]).ok
        if type == 'string' then return redis.call('GET', KEYS[1]) end
        if type == 'hash' then return cjson.encode(redis.call('HGETALL', KEYS[1])) end
        if type == 'zset' then return cjson.encode(redis.call('ZRANGE', KEYS[1], 0, -1)) end
        if type == 'set' then return cjson.encode(redis.call('SMEMBERS', KEYS[1])) end
        if type == 'list' then return cjson.encode(redis.call('LRANGE', KEYS[1], 0, -1)) end
        if type == 'stream' then return cjson.encode(redis.call('XRANGE', KEYS[1], '-', '+')) end
        return ''
        """;

    private readonly GatewayOptions _options;
    private readonly ConcurrentBag<string> _secrets = [];
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly List<string> _logOfEarlierHosts = [];
    private readonly ConcurrentQueue<string> _eventViolations = [];
    private Uri? _address;
    private ChildProcess? _host;
    private ConnectionMultiplexer? _redisConnection;
    private HttpClient? _http;

    /// <summary>The application that the tests share.</summary>
    public GatewayApplication()
        : this(new GatewayOptions())
    {
    }

    private GatewayApplication(GatewayOptions options)
    {
        _options = options;
        AdminPassword = options.Beside is { } beside ? Confidential(beside.AdminPassword) : Secret();
        SigningKey = options.Beside?.SigningKey ?? RandomNumberGenerator.GetBytes(48);
        _secrets.Add(Convert.ToBase64String(SigningKey));
    }

    /// <summary>An origin whose pages may call the MCP endpoint.</summary>
    public const string AllowedOrigin = "https://agents.example.com";

    /// <summary>The name of the administrator in the settings.</summary>
    public string AdminUsername => Settings["Auth__AdminUsername"]!;

    /// <summary>The administrator's password, made for this application.</summary>
    public string AdminPassword { get; }

    /// <summary>The key that signs access tokens, under the id <c>e2e</c>.</summary>
    public byte[] SigningKey { get; }

    /// <summary>The base address of the API, with a slash at the end.</summary>
    public Uri Address => _address ?? throw NotStarted();

    /// <summary>A client without a credential.</summary>
    public HttpClient Http => _http ?? throw NotStarted();

    /// <summary>The Redis of the application.</summary>
    public RedisServer Redis { get; private set; } = null!;

    /// <summary>The storage of the application.</summary>
    public AzuriteServer Azurite { get; private set; } = null!;

    /// <summary>A connection to its Redis.</summary>
    public IDatabase RedisDatabase => (_redisConnection ?? throw NotStarted()).GetDatabase();

    /// <summary>Publishes to and listens on its Redis.</summary>
    public ISubscriber RedisSubscriber => (_redisConnection ?? throw NotStarted()).GetSubscriber();

    /// <summary>The host with the app's worker.</summary>
    public ChildProcess Host => _host ?? throw NotStarted();

    /// <summary>The log of host and app so far.</summary>
    public IReadOnlyList<string> Log => [.. _logOfEarlierHosts, .. Host.Output];

    private Dictionary<string, string?> Settings { get; } = [];

    /// <summary>Starts a separate application for a test.</summary>
    public static async Task<GatewayApplication> StartAsync(GatewayOptions options)
    {
        var application = new GatewayApplication(options);
        try
        {
            await application.InitializeAsync();
            return application;
        }
        catch
        {
            await application.StopAsync();
            throw;
        }
    }

    /// <summary>Starts only the host, with only these app settings.</summary>
    /// <param name="port">Its port.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="app">The folder of the built app; null means that of this build.</param>
    public static Task<ChildProcess> StartHostAsync(int port, IReadOnlyDictionary<string, string?> settings, string? app = null)
    {
        var environment = new Dictionary<string, string?>();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (s_environments.Contains(name) || s_foreignSettings.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                environment[name] = null;
            }
        }
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }
        environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        // As behind a trusted proxy.
        environment["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
        return ChildProcess.StartAsync(
            "dotnet",
            [AppOutput.HostAssembly, "start", "--no-build", "--script-root", app ?? AppOutput.Folder, "--port", $"{port}", "--verbose"],
            environment,
            name: $"the host on port {port}",
            keptLines: int.MaxValue);
    }

    /// <summary>Signs in as the administrator in the settings.</summary>
    public Task<GatewayUser> LoginAsync() => LoginAsync(AdminUsername, AdminPassword);

    /// <summary>Signs a user in.</summary>
    public async Task<GatewayUser> LoginAsync(string username, string password)
    {
        var login = await PostLoginAsync(username, password).JsonAsync();
        return UserOf(login.Text("user", "id"), username, login.Text("accessToken"), login.Text("sessionId"));
    }

    /// <summary>Tries to sign in, from the given client address if there is one.</summary>
    public async Task<HttpResponseMessage> PostLoginAsync(string username, string password, string? address = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "auth/login")
        {
            Content = new StringContent(JsonSerializer.Serialize(new { username, password }), Encoding.UTF8, "application/json"),
        };
        if (address is not null)
        {
            request.Headers.Add("X-Forwarded-For", address);
        }
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>A new user with an account, and its password. The user is not signed in.</summary>
    public async Task<(string Id, string Username, string Password)> NewAccountAsync(string role = "user")
    {
        var username = $"user-{Guid.NewGuid():N}";
        var password = Secret();
        var admin = await LoginAsync();
        var account = await admin.PostAsync("users", new { username, password, role }).JsonAsync(HttpStatusCode.Created);
        return (account.Text("id"), username, password);
    }

    /// <summary>A new user with an account, signed in.</summary>
    public async Task<GatewayUser> NewSignedInAsync(string role = "user")
    {
        var account = await NewAccountAsync(role);
        return await LoginAsync(account.Username, account.Password);
    }

    /// <summary>
    /// A new user, so that tests can run side by side. User and session are written directly to storage, as a login leaves them: the
    /// user cannot sign in again, and no login event mixes with the events that a test checks.
    /// </summary>
    /// <param name="role"><c>admin</c>, who may read the audit log, or <c>user</c>.</param>
    public GatewayUser NewUser(string role = "admin")
    {
        // A long test takes longer than the lifetime of the gateway's own tokens.
        var token = new AccessToken { SigningKey = SigningKey, Role = role, Lifetime = TimeSpan.FromHours(2) };
        var now = DateTimeOffset.UtcNow;
        var session = new
        {
            id = token.SessionId,
            userId = token.UserId,
            username = token.Username,
            role,
            method = "password",
            createdAt = now,
            lastSeenAt = now,
            expiresAt = now.AddHours(2),
            endsAt = now.AddHours(2),
        };
        var table = new TableClient(Azurite.ConnectionString, "Gateway");
        table.CreateIfNotExists();
        var profile = new { id = token.UserId, username = token.Username, role, createdAt = now, passwordHash = "" };
        table.SubmitTransaction(
        [
            new(TableTransactionActionType.Add, new TableEntity($"user:{token.UserId}", "profile")
            {
                ["Kind"] = "profile",
                ["Body"] = JsonSerializer.SerializeToUtf8Bytes(profile),
            }),
            new(TableTransactionActionType.Add, new TableEntity($"user:{token.UserId}", $"session:{token.SessionId}")
            {
                ["Kind"] = "session",
                ["Body"] = JsonSerializer.SerializeToUtf8Bytes(session),
            }),
        ]);
        return UserOf(token.UserId, token.Username, token.Sign(), token.SessionId);
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Redis = _options.Redis ?? _options.Beside?.Redis ?? Own(await RedisServer.StartAsync());
        Azurite = _options.Azurite ?? _options.Beside?.Azurite ?? (await AzuriteOfAllAsync()).WithNewAccount();
        _secrets.Add(Azurite.ConnectionString.Split("AccountKey=")[1].Split(';')[0]);

        Settings["RedisConnection"] = Redis.ConnectionString;
        Settings["AzureWebJobsStorage"] = Azurite.ConnectionString;
        Settings["HOME"] = AppOutput.Home;
        Settings["Auth__AdminUsername"] = "admin";
        Settings["Auth__AdminPassword"] = AdminPassword;
        // The allowed minimum, because tests sign in often.
        Settings["Auth__PasswordIterations"] = "100000";
        // All tests sign in as the same administrator.
        Settings["Auth__MaxSessionsPerUser"] = "1000";
        Settings["Auth__MaxLoginsPerName"] = "1000000";
        Settings["Auth__MaxWaitingHashes"] = "1000";
        // Tests under load send very many requests; the test of the limit sets its own.
        Settings["RateLimit__Requests"] = "10000000";
        Settings["Mcp__AllowedOrigins"] = AllowedOrigin;
        // Long enough to use an open stream, short enough to wait for its end.
        Settings["Notifications__StreamDuration"] = "00:00:05";
        // A busy machine is no outage; tests of outages set it lower.
        Settings["StorageTimeout"] = "00:00:20";
        Settings["Auth__SigningKeyId"] = AccessToken.UsualKeyId;
        Settings[$"Auth__SigningKeys__{AccessToken.UsualKeyId}"] = Convert.ToBase64String(SigningKey);
        if (_options.SigningKeysFile is { } file)
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
            {
                signingKeyId = AccessToken.UsualKeyId,
                signingKeys = new Dictionary<string, string> { [AccessToken.UsualKeyId] = Convert.ToBase64String(SigningKey) },
            }));
            Settings["Auth__SigningKeysFile"] = file;
            Settings["Auth__SigningKeyId"] = null;
            Settings[$"Auth__SigningKeys__{AccessToken.UsualKeyId}"] = null;
        }
        foreach (var (name, value) in _options.Settings)
        {
            Settings[name] = value;
        }

        var port = FreePort.Next();
        await LaunchAsync(port);
        _address = new Uri($"http://localhost:{port}/api/");
        _http = new HttpClient(new ClientAddressHandler(new ContractHandler()))
        {
            BaseAddress = _address,
            Timeout = Eventually.DefaultDeadline,
        };
        _redisConnection = await ConnectionMultiplexer.ConnectAsync($"{Redis.ConnectionStringOfTests},allowAdmin=true");
        await RedisSubscriber.SubscribeAsync(RedisChannel.Pattern("events:*"), (channel, message) =>
        {
            if (AsyncApiContract.ViolationOf($"{channel}", $"{message}") is { } violation)
            {
                _eventViolations.Enqueue($"{channel} carried a message that violates docs/asyncapi.json: {violation}\n{message}");
            }
        });
    }

    /// <summary>The blobs of a user, including incomplete ones.</summary>
    public IReadOnlyList<string> BlobsOf(string userId)
    {
        var container = new BlobContainerClient(Azurite.ConnectionString, "files");
        container.CreateIfNotExists();
        return [.. container.GetBlobs(new GetBlobsOptions { States = BlobStates.Uncommitted, Prefix = $"{userId}/" }).Select(blob => blob.Name)];
    }

    /// <summary>The process id of the host.</summary>
    public int HostId => Host.Id;

    /// <summary>The process id of the current worker.</summary>
    public int WorkerId
    {
        get
        {
            const string Announcement = "Worker process ";
            var line = Host.Output.Last(line => line.Contains(Announcement, StringComparison.Ordinal));
            return int.Parse(line[(line.IndexOf(Announcement, StringComparison.Ordinal) + Announcement.Length)..].Split(' ')[0], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Kills the worker with SIGKILL; the host starts another one.</summary>
    public void KillWorker() => new MarkedProcess(WorkerId, "the worker").Kill();

    /// <summary>Starts the host again on the same port, after it was killed.</summary>
    public async Task StartHostAgainAsync()
    {
        await Host.WaitForExitAsync();
        _logOfEarlierHosts.AddRange(Host.Output);
        await Host.DisposeAsync();
        await LaunchAsync(Address.Port);
    }

    /// <summary>Fails when the log contains a password, a key, a token or the content of a file.</summary>
    /// <param name="after">Lines before this <see cref="ChildProcess.LineCount"/> are ignored.</param>
    public void AssertThatTheLogHoldsNoSecret(long after = 0)
    {
        var secrets = SearchValues.Create([.. _secrets, ContentMark], StringComparison.Ordinal);
        Assert.DoesNotContain(Log.Skip((int)after), line => line.AsSpan().ContainsAny(secrets));
    }

    /// <summary>Fails when one of the texts contains a password, a key, a token or the content of a file.</summary>
    public void AssertNoSecretIn(IEnumerable<string> texts)
    {
        var secrets = SearchValues.Create([.. _secrets, ContentMark], StringComparison.Ordinal);
        Assert.DoesNotContain(texts, text => text.AsSpan().ContainsAny(secrets));
    }

    /// <summary>Fails when a table or Redis contains a password, a key or a token. The content of files is not checked.</summary>
    public async Task AssertThatNothingStoredHoldsASecretAsync()
    {
        var secrets = SearchValues.Create([.. _secrets], StringComparison.Ordinal);
        var checkedTexts = 0;
        void Check(string where, string text)
        {
            checkedTexts++;
            Assert.False(text.AsSpan().ContainsAny(secrets), $"{where} holds a secret.");
        }

        var tables = new TableServiceClient(Azurite.ConnectionString);
        await foreach (var table in tables.QueryAsync())
        {
            await foreach (var row in tables.GetTableClient(table.Name).QueryAsync<TableEntity>())
            {
                foreach (var (name, value) in row)
                {
                    Check($"{table.Name}/{row.PartitionKey}/{row.RowKey}/{name}", value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : $"{value}");
                }
            }
        }
        foreach (var server in RedisDatabase.Multiplexer.GetServers())
        {
            await foreach (var key in server.KeysAsync())
            {
                Check("Redis", $"{key}");
                // This script reads values of every type and changes none.
                Check($"Redis {key}", $"{await RedisDatabase.ScriptEvaluateAsync(ReadAnything, [key])}");
            }
        }
        Assert.True(checkedTexts > 100, $"Only {checkedTexts} texts were checked, so the test proves nothing.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        // For all tests together: no response was a 500, and nothing confidential was logged.
        Assert.DoesNotContain(Log, line => line.Contains("answered with 500", StringComparison.Ordinal));
        AssertThatTheLogHoldsNoSecret();
        Assert.Empty(_eventViolations);
    }

    private async Task LaunchAsync(int port)
    {
        _host = await StartHostAsync(port, Settings, _options.App);
        await _host.WaitForLineAsync("Host started", s_startDeadline);
    }

    private async Task StopAsync()
    {
        _http?.Dispose();
        if (_redisConnection is not null)
        {
            await _redisConnection.DisposeAsync();
        }
        if (_host is not null)
        {
            await _host.TerminateAsync();
            await _host.DisposeAsync();
            // To analyze a failed test; it stays until the next run.
            await File.WriteAllLinesAsync(Path.Combine(AppContext.BaseDirectory, $"{_options.Name}.log"), Log);
        }
        foreach (var server in _owned)
        {
            await server.DisposeAsync();
        }
        _owned.Clear();
    }

    private GatewayUser UserOf(string id, string username, string token, string sessionId)
    {
        // Only the signature: without it the rest of the token is useless.
        _secrets.Add(token.Split('.')[^1]);
        return new GatewayUser(Http, id, username, token, sessionId);
    }

    private T Own<T>(T server)
        where T : IAsyncDisposable
    {
        _owned.Add(server);
        return server;
    }

    /// <summary>Makes a secret that must not appear in the log.</summary>
    public string Secret() => Confidential(Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));

    /// <summary>Remembers a secret that must not appear in the log.</summary>
    public string Confidential(string secret)
    {
        _secrets.Add(secret);
        return secret;
    }

    // The shared application starts first and has the Azurite.
    private async Task<AzuriteServer> AzuriteOfAllAsync() => await TestContext.Current.GetFixture<GatewayApplication>() is { Azurite: { } shared }
        ? shared
        : Own(await AzuriteServer.StartAsync());

    private static InvalidOperationException NotStarted() => new("The application is not started.");
}
