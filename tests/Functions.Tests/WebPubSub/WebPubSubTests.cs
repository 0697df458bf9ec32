using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Azure.Core;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.Functions.WebPubSub;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.WebPubSub;

/// <summary>Notifications by WebSocket, through a server that speaks the protocols of Azure Web PubSub.</summary>
public sealed class WebPubSubTests
{
    private readonly string user = Guid.NewGuid().ToString();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_connects_with_the_url_and_gets_the_messages_of_its_user_until_its_connections_are_closed(bool byIdentity)
    {
        await using WebPubSubServer server = await WebPubSubServer.StartAsync();
        using WebPubSubService service = ServiceOf(server, byIdentity);
        await using Client client = await Client.ConnectAsync(service, user);
        await using Client other = await Client.ConnectAsync(service, "somebody/else?x=1");

        await service.SendAsync(user, """{"name":"file:new"}"""u8.ToArray(), CancellationToken.None);
        JsonElement message = (await client.NextAsync())!.Value;

        Assert.Equal(("message", "json", "file:new"), (message.GetProperty("type").GetString(), message.GetProperty("dataType").GetString(), message.GetProperty("data").GetProperty("name").GetString()));
        await service.SendAsync("somebody/else?x=1", "{}"u8.ToArray(), CancellationToken.None);
        Assert.Equal("{}", (await other.NextAsync())!.Value.GetProperty("data").GetRawText());
        await service.CloseAsync(user, CancellationToken.None);
        Assert.Null(await client.NextAsync());
    }

    [Fact]
    public async Task A_wrong_key_is_refused_and_an_outage_can_be_told_from_it()
    {
        await using WebPubSubServer server = await WebPubSubServer.StartAsync();
        using var wrong = new WebPubSubService(new WebPubSubEndpoint(new Uri(server.Address), $"{server.Key}wrong, and long enough"), "notifications", null, TimeProvider.System) { Timeout = Stores.CallTimeout };
        using WebPubSubService right = ServiceOf(server, byIdentity: false);

        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => wrong.SendAsync(user, "{}"u8.ToArray(), CancellationToken.None));
        server.Before = () => Task.FromResult<HttpStatusCode?>(HttpStatusCode.ServiceUnavailable);
        await Assert.ThrowsAsync<DependencyUnavailableException>(() => right.SendAsync(user, "{}"u8.ToArray(), CancellationToken.None));

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.DoesNotContain(server.Key, refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_consumer_sends_each_new_notification_once_and_in_order()
    {
        await using WebPubSubServer server = await WebPubSubServer.StartAsync();
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(settings: ("WebPubSubConnectionString", server.ConnectionString));
        await harness.Get<WebPubSubPush>().StartAsync(CancellationToken.None);
        await using Client client = await Client.ConnectAsync(harness.Get<WebPubSubService>(), user);
        DomainEvent first = await harness.UploadAsync(user, "first");
        DomainEvent second = await harness.UploadAsync(user, "second");
        foreach (DomainEvent each in new[] { first, first, second })
        {
            await harness.Consumers["notifications"].HandleAsync(each, CancellationToken.None);
        }

        JsonElement[] data = [(await client.NextAsync())!.Value.GetProperty("data"), (await client.NextAsync())!.Value.GetProperty("data")];

        Assert.Equal([first.Id, second.Id], data.Select(each => each.GetProperty("eventId").GetString()!));
        Assert.All(data, each => Assert.False(each.TryGetProperty("sequence", out _)));
        await harness.Get<WebPubSubPush>().StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task The_end_of_a_session_closes_the_connections_of_its_user()
    {
        await using WebPubSubServer server = await WebPubSubServer.StartAsync();
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(settings: ("WebPubSubConnectionString", server.ConnectionString));
        await harness.Get<WebPubSubPush>().StartAsync(CancellationToken.None);
        await using Client client = await Client.ConnectAsync(harness.Get<WebPubSubService>(), user);

        harness.Get<INotificationPush>().Send(user, NotificationOf("session:expired"));

        Assert.Equal("session:expired", (await client.NextAsync())!.Value.GetProperty("data").GetProperty("name").GetString());
        Assert.Null(await client.NextAsync());
        await harness.Get<WebPubSubPush>().StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_service_that_is_out_or_hangs_holds_up_no_inbox_and_gets_later_notifications_when_it_is_back()
    {
        await using WebPubSubServer server = await WebPubSubServer.StartAsync();
        var hanging = new TaskCompletionSource<HttpStatusCode?>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Before = () => hanging.Task;
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(settings: ("WebPubSubConnectionString", server.ConnectionString));
        await harness.Get<WebPubSubPush>().StartAsync(CancellationToken.None);
        for (int number = 0; number < WebPubSubPush.MaxWaiting + 100; number++)
        {
            // More than wait: the rest is dropped.
            harness.Get<INotificationPush>().Send("nobody", NotificationOf("file:new"));
        }

        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.Consumers["notifications"].HandleAsync(uploaded, CancellationToken.None);

        Assert.Equal([uploaded.Id], await harness.NotifiedAsync(user));
        await using Client client = await Client.ConnectAsync(harness.Get<WebPubSubService>(), user);
        server.Before = () => Task.FromResult<HttpStatusCode?>(null);
        hanging.SetResult(HttpStatusCode.ServiceUnavailable);
        Task<JsonElement?> next = client.NextAsync();
        await Eventually.UntilAsync(() =>
        {
            // The queue may still be full.
            harness.Get<INotificationPush>().Send(user, NotificationOf("file:new"));
            return Task.FromResult(next.IsCompletedSuccessfully);
        });
        await harness.Get<WebPubSubPush>().StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("Endpoint=https://contoso.webpubsub.azure.com;AccessKey=abc=;Version=1.0;", "https://contoso.webpubsub.azure.com/")]
    [InlineData("Endpoint=http://localhost;Port=8080;AccessKey=abc", "http://localhost:8080/")]
    [InlineData("Endpoint=http://contoso.webpubsub.azure.com;AccessKey=abc=", null)]
    [InlineData("Endpoint=https://contoso.webpubsub.azure.com;AuthType=azure;", null)]
    [InlineData("https://contoso.webpubsub.azure.com", null)]
    public void A_connection_string_is_read_or_refused(string text, string? address) => Assert.Equal(address, WebPubSubEndpoint.Parse(text)?.Address.AbsoluteUri);

    private static Notification NotificationOf(string name) =>
        new() { Name = name, EventId = Guid.NewGuid().ToString(), Timestamp = DateTimeOffset.UtcNow, Payload = JsonElement.Parse("{}") };

    private static WebPubSubService ServiceOf(WebPubSubServer server, bool byIdentity) => new(
        new WebPubSubEndpoint(new Uri(server.Address), byIdentity ? null : server.Key),
        "notifications",
        byIdentity ? DelegatedTokenCredential.Create((context, _) => new AccessToken(
            context.Scopes is ["https://webpubsub.azure.com/.default"] ? server.EntraToken : "of another scope", DateTimeOffset.UtcNow.AddHours(1))) : null,
        TimeProvider.System)
    {
        Timeout = Stores.CallTimeout,
    };

    private sealed class Client(ClientWebSocket socket) : IAsyncDisposable
    {
        public static async Task<Client> ConnectAsync(WebPubSubService service, string user)
        {
            var socket = new ClientWebSocket();
            socket.Options.AddSubProtocol("json.webpubsub.azure.v1");
            (Uri url, DateTimeOffset expiresAt) = await service.ClientUrlAsync(user, CancellationToken.None);
            Assert.True(expiresAt > DateTimeOffset.UtcNow);
            await socket.ConnectAsync(url, CancellationToken.None);
            var client = new Client(socket);
            JsonElement connected = (await client.NextAsync())!.Value;
            Assert.Equal(("json.webpubsub.azure.v1", "connected", KeyPart.Of(user)), (socket.SubProtocol, connected.GetProperty("event").GetString(), connected.GetProperty("userId").GetString()));
            return client;
        }

        // The next frame; null at the end.
        public async Task<JsonElement?> NextAsync()
        {
            byte[] buffer = new byte[64 * 1024];
            using var late = new CancellationTokenSource(Eventually.DefaultDeadline);
            WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, late.Token);
            return received.MessageType == WebSocketMessageType.Close ? null : JsonElement.Parse(buffer.AsSpan(0, received.Count));
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
