using Azure.Core;
using Azure.Identity;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Settings;

/// <summary>Identities that get no token.</summary>
public sealed class ServiceCredentialsTests
{
    private static readonly Uri s_nowhere = new("https://127.0.0.1:1/account");

    [Fact]
    public async Task An_identity_that_does_not_answer_is_given_up_after_ten_seconds()
    {
        var clock = new FakeTimeProvider();
        TokenCredential credential = CredentialOf(clock, async cancellationToken =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return default;
        });

        Task<AccessToken> waiting = credential.GetTokenAsync(new TokenRequestContext(["scope"]), CancellationToken.None).AsTask();
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));

        AuthenticationFailedException failure = await Assert.ThrowsAsync<AuthenticationFailedException>(() => waiting);
        Assert.Equal("The identity gave no token within 10 s.", failure.Message);
    }

    [Fact]
    public async Task A_caller_that_goes_away_is_no_failure_of_the_identity()
    {
        TokenCredential credential = CredentialOf(new FakeTimeProvider(), async cancellationToken =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return default;
        });
        using var caller = new CancellationTokenSource();

        Task<AccessToken> waiting = credential.GetTokenAsync(new TokenRequestContext(["scope"]), caller.Token).AsTask();
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Without_a_token_storage_counts_as_down()
    {
        TokenCredential credential = CredentialOf(TimeProvider.System, _ => throw new CredentialUnavailableException("There is no identity."));
        var tables = new StorageTables(new(s_nowhere, s_nowhere, credential), TimeSpan.FromSeconds(5));

        DependencyUnavailableException outage = await Assert.ThrowsAsync<DependencyUnavailableException>(() => tables.ProbeAsync(TestContext.Current.CancellationToken));

        Assert.Equal((StorageCall.Dependency, "CredentialUnavailableException, There is no identity."), (outage.Dependency, outage.Reason));
    }

    private static TokenCredential CredentialOf(TimeProvider clock, Func<CancellationToken, Task<AccessToken>> get) =>
        new ServiceCredentials(new ConfigurationBuilder().Build(), new Components(get), clock).Of("AzureWebJobsStorage");

    private sealed class Components(Func<CancellationToken, Task<AccessToken>> get) : AzureComponentFactory
    {
        public override TokenCredential CreateTokenCredential(IConfiguration configuration) => new Identity(get);

        public override object CreateClientOptions(Type optionsType, object serviceVersion, IConfiguration configuration) => throw new NotSupportedException();

        public override object CreateClient(Type clientType, IConfiguration configuration, TokenCredential credential, object clientOptions) => throw new NotSupportedException();
    }

    private sealed class Identity(Func<CancellationToken, Task<AccessToken>> get) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => await get(cancellationToken);
    }
}
