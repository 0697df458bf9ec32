using System.Security.Cryptography;
using System.Text.Json;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Auth;
using McpFunctions.TestServers;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Auth;

/// <summary>Signing keys in a mounted file, which are rotated without a restart.</summary>
public sealed class SigningKeyFileTests : IDisposable
{
    private static readonly Principal s_ada = new("u1", "ada", "user", "s1");

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider clock = new(DateTimeOffset.UtcNow);
    private readonly FakeLogger<SigningKeys> log = new();
    private readonly string old = NewKey();
    private readonly string next = NewKey();
    private SigningKeys? keys;

    private string PathOfFile => Path.Combine(folder.Path, "keys.json");

    public void Dispose()
    {
        keys?.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_new_key_signs_without_a_restart_and_the_old_one_verifies_while_the_file_has_it()
    {
        JwtAccessTokens tokens = await StartAsync("old", ("old", old));
        string before = Sign(tokens);

        await WriteAsync("next", ("old", old), ("next", next));
        keys!.ReadAgain(TimeSpan.Zero);
        string after = Sign(tokens);
        Assert.Equal(("old", "next"), (KeyIdOf(before), KeyIdOf(after)));
        Assert.True(await IsValidAsync(tokens, before));
        Assert.True(await IsValidAsync(tokens, after));
        Assert.Equal(
            (LogLevel.Information, $"The signing keys of {PathOfFile} are in use. The key next signs new tokens."), (log.LatestRecord.Level, log.LatestRecord.Message));

        await WriteAsync("next", ("next", next));
        keys!.ReadAgain(TimeSpan.Zero);
        Assert.False(await IsValidAsync(tokens, before));
        Assert.True(await IsValidAsync(tokens, after));
    }

    [Fact]
    public async Task A_file_that_the_platform_replaces_by_changing_a_link_is_read()
    {
        await WriteAsync("old", ("old", old));
        File.Move(PathOfFile, Path.Combine(folder.Path, "1.json"));
        File.CreateSymbolicLink(PathOfFile, Path.Combine(folder.Path, "1.json"));
        JwtAccessTokens tokens = Run();
        await keys!.StartAsync(TestContext.Current.CancellationToken);

        await File.WriteAllTextAsync(Path.Combine(folder.Path, "2.json"), ContentOf("next", [("next", next)]), TestContext.Current.CancellationToken);
        File.CreateSymbolicLink($"{PathOfFile}.new", Path.Combine(folder.Path, "2.json"));
        File.Move($"{PathOfFile}.new", PathOfFile, overwrite: true);

        await Eventually.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            return KeyIdOf(Sign(tokens)) == "next";
        });
    }

    [Fact]
    public async Task A_token_of_an_instance_that_has_read_the_file_earlier_is_valid_at_once()
    {
        JwtAccessTokens tokens = await StartAsync("old", ("old", old));
        await WriteAsync("next", ("old", old), ("next", next));
        string ofOther = Sign(new JwtAccessTokens(Options.Create(new AuthOptions()), NewKeys(), clock));

        // It was read a moment ago, and clients may send any id.
        Assert.False(await IsValidAsync(tokens, ofOther));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await IsValidAsync(tokens, ofOther));
    }

    [Theory]
    [InlineData("no JSON", "It is no JSON of the form {\"signingKeyId\": \"<id>\", \"signingKeys\": {\"<id>\": \"<base64>\"}} (see line 1).")]
    [InlineData("null", "It is no JSON of the form")]
    [InlineData("""{"signingKeyId": "a"}""", "It is no JSON of the form")]
    [InlineData("""{"signingKeyId": "a", "signingKeys": {"a": null}}""", "It is no JSON of the form")]
    [InlineData("""{"signingKeyId": "a", "signingKeys": {}, "more": 1}""", "It is no JSON of the form")]
    [InlineData("""{"signingKeyId": "a", "signingKeys": {"a": "SECRET"}}""", "Set signingKeys.a to base64 of at least 32 random bytes")]
    [InlineData("""{"signingKeyId": "b", "signingKeys": {"a": "KEY"}}""", "Set signingKeyId to the id of a key, and signingKeys.<id> to that key")]
    [InlineData("""{"signingKeyId": "a", "signingKeys": {"a": "KEY", "A": "KEY"}}""", "Set each signingKeys.<id> once")]
    [InlineData("""{"signingKeyId": "a", "signingKeys": {"a": "bG9jYWwtb25seS1zaWduaW5nLWtleS10aGF0LWV2ZXJ5Ym9keS1rbm93cw=="}}""", "signingKeys.a is the sample's, which everybody knows.")]
    public async Task A_broken_file_keeps_the_keys_and_is_told_once_without_its_content(string content, string problem)
    {
        JwtAccessTokens tokens = await StartAsync("old", ("old", old));
        string secret = NewKey();
        await File.WriteAllTextAsync(
            PathOfFile, content.Replace("SECRET", secret[..20], StringComparison.Ordinal).Replace("KEY", secret, StringComparison.Ordinal), TestContext.Current.CancellationToken);

        keys!.ReadAgain(TimeSpan.Zero);
        keys!.ReadAgain(TimeSpan.Zero);

        Assert.Equal("old", KeyIdOf(Sign(tokens)));
        FakeLogRecord record = Assert.Single(log.Collector.GetSnapshot());
        Assert.Equal(LogLevel.Error, record.Level);
        Assert.StartsWith($"The file {PathOfFile} of Auth__SigningKeysFile is not usable. {problem}", record.Message, StringComparison.Ordinal);
        Assert.EndsWith("The keys of before stay in use.", record.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(secret[..20], record.Message, StringComparison.Ordinal);

        await WriteAsync("next", ("next", next));
        keys!.ReadAgain(TimeSpan.Zero);
        Assert.Equal("next", KeyIdOf(Sign(tokens)));
    }

    [Fact]
    public async Task A_file_that_is_gone_keeps_the_keys()
    {
        JwtAccessTokens tokens = await StartAsync("old", ("old", old));
        string before = Sign(tokens);
        File.Delete(PathOfFile);
        keys!.ReadAgain(TimeSpan.Zero);

        Assert.True(await IsValidAsync(tokens, before));
        Assert.Contains("There is no such file.", Assert.Single(log.Collector.GetSnapshot()).Message, StringComparison.Ordinal);

        // The same file again is good news too.
        await WriteAsync("old", ("old", old));
        keys!.ReadAgain(TimeSpan.Zero);
        Assert.Equal(LogLevel.Information, log.LatestRecord.Level);
    }

    private async Task<JwtAccessTokens> StartAsync(string id, params (string Id, string Key)[] all)
    {
        await WriteAsync(id, all);
        return Run();
    }

    private JwtAccessTokens Run()
    {
        keys = NewKeys();
        return new JwtAccessTokens(Options.Create(new AuthOptions()), keys, clock);
    }

    private SigningKeys NewKeys() => new(Options.Create(new AuthOptions { SigningKeysFile = PathOfFile }), new Production(), clock, log);

    private Task WriteAsync(string id, params (string Id, string Key)[] all) => File.WriteAllTextAsync(PathOfFile, ContentOf(id, all));

    private static string ContentOf(string id, (string Id, string Key)[] all) =>
        JsonSerializer.Serialize(new { signingKeyId = id, signingKeys = all.ToDictionary(key => key.Id, key => key.Key) });

    private string Sign(JwtAccessTokens tokens) => tokens.Issue(s_ada, clock.GetUtcNow().AddDays(1)).Value;

    private static async Task<bool> IsValidAsync(JwtAccessTokens tokens, string token) => await tokens.ReadAsync(token) is { Failure: null };

    private static string? KeyIdOf(string token) => new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(token).Kid;

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));

    private sealed class Production : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = Environments.Production;

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
