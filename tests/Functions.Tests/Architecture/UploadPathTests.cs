using System.Globalization;
using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Extensions;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Architecture;

/// <summary>The methods that an upload passes, as docs/calls.md lists them.</summary>
public sealed partial class UploadPathTests
{
    private const int MaxMethods = 24;

    private static readonly string s_page = File.ReadAllText(Repository.PathOf("docs", "calls.md"));

    private static readonly ILookup<string, IType> s_types = FolderTests.Architecture.Types.ToLookup(type => type.Name);

    [Fact]
    public void Each_method_is_called_by_one_above_it()
    {
        List<(int Depth, string Name)> above = [];
        foreach (Match line in Line().Matches(s_page))
        {
            int depth = line.Groups["indent"].Length;
            above.RemoveAll(each => each.Depth >= depth);
            foreach (string name in NamesIn(line.Value))
            {
                Assert.True(MembersOf(name).Any(), $"There is no method {name}.");
                // The host calls those of the outermost level.
                Assert.True(
                    depth == 0 || above.Any(each => MembersOf(each.Name).Any(member => member.GetCalledMethods().Any(called => Is(called, name)))),
                    $"{name} is called by none of {string.Join(", ", above.Select(each => each.Name))}.");
                above.Add((depth, name));
            }
        }

        Assert.Contains(above, each => each.Name == "RedisConnection.SendAsync");
    }

    [Fact]
    public void They_are_as_few_as_the_page_says()
    {
        string[] lines = [.. Line().Matches(s_page).Select(line => line.Value)];
        int count = lines.SelectMany(NamesIn).Distinct().Count() + lines.Count(line => line.Contains("lambda", StringComparison.Ordinal));

        Assert.Equal(count.ToString(CultureInfo.InvariantCulture), Said().Match(s_page).Groups[1].Value);
        Assert.InRange(count, 1, MaxMethods);
    }

    private static IEnumerable<string> NamesIn(string line) => Name().Matches(line).Select(match => match.Groups[1].Value);

    private static IEnumerable<MethodMember> MembersOf(string name) => name.Split('.') is [var type, var method]
        ? s_types[type].SelectMany(each => each.Members.OfType<MethodMember>()).Where(member => NameOf(member) == method)
        : [];

    // The call may name an interface.
    private static bool Is(MethodMember called, string name) => name.Split('.') is [var type, var method]
        && NameOf(called) == method && s_types[type].Any(each => each.IsAssignableTo(called.DeclaringType));

    private static string NameOf(MethodMember member) => member.Name.Split('(')[0];

    [GeneratedRegex(@"^(?<indent> *)- `\w+\.\w+`.*$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"passes (\d+) methods")]
    private static partial Regex Said();
}
